"""What is believed before the first answer: a Gaussian over all skills, from the roadmap's graph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PriorError, PsychometricsError
from quizengine.psychometrics.arrays import Floats, finite, frozen

Edge = tuple[int, int]


class SkillPrior:
    """A Gaussian over the skills of one person.

    Parameters
    ----------
    mean : (K,) floats, logits
        0 means even chances on a question of difficulty 0.
    covariance : (K, K) floats, logits squared
        Symmetric and positive definite.
    for_screening : bool
        False when the prior rests on what a person says of himself: then no hiring decision may.

    Raises
    ------
    PriorError
        If shapes do not fit, or the covariance is not symmetric and positive definite.

    Examples
    --------
    >>> prior = SkillPrior(mean=[0.0, 0.0], covariance=[[1.0, 0.5], [0.5, 1.0]])
    >>> prior.n_skills
    2
    """

    def __init__(self, mean: ArrayLike, covariance: ArrayLike, *, for_screening: bool = True) -> None:
        n_skills = np.size(mean)
        try:
            self.mean: Floats = finite(np.atleast_1d(mean), "mean", (n_skills,))
            spread = finite(covariance, "covariance", (n_skills, n_skills))
        except PsychometricsError as error:
            raise PriorError(str(error)) from error
        if not np.allclose(spread, spread.T, rtol=0, atol=1e-9):
            raise PriorError("the covariance is not symmetric")
        self.covariance: Floats = frozen((spread + spread.T) / 2)
        if np.linalg.eigvalsh(self.covariance)[0] <= 0:
            raise PriorError(
                "the covariance is not positive definite: some skills follow from others exactly"
            )
        self.for_screening = for_screening

    def __repr__(self) -> str:
        return f"SkillPrior({self.n_skills} skills, for_screening={self.for_screening})"

    @property
    def n_skills(self) -> int:
        """Number of skills, K."""
        return self.mean.size

    @classmethod
    def from_graph(
        cls,
        n_skills: int,
        prerequisites: Sequence[Edge] = (),
        domains: Sequence[Hashable] | None = None,
        *,
        general: float = 0.6,
        domain: float = 0.35,
        prerequisite: float = 0.35,
        mean: ArrayLike = 0.0,
    ) -> SkillPrior:
        """Make the prior of a population from the prerequisite graph and the areas.

        ``theta = B theta + Lambda f + e``: every skill rests on its prerequisites, a general factor
        and the factor of its own area. Skills may be numbered in any order.

        Parameters
        ----------
        n_skills : int >= 1
        prerequisites : pairs (parent, child)
            Indices of skills; the parent comes first on the roadmap.
        domains : (K,) labels, optional
            The area of each skill. Without them there is no area factor.
        general, domain : floats, squares sum below 1
            Loadings on the general factor and on the area's.
        prerequisite : float
            Shared out evenly over the parents of a skill.
        mean : float or (K,) floats, logits
            Mean of the population.

        Returns
        -------
        SkillPrior
            With variance 1 for every skill.

        Raises
        ------
        PriorError
            For a cycle (its edges are named), an unknown index (its edge is named), or
            ``general^2 + domain^2 >= 1``.

        Notes
        -----
        Structural equations with common factors: K. A. Bollen, "Structural Equations with Latent
        Variables", Wiley, 1989, ch. 8. Strengths are planning values until 500 persons have answered.

        Examples
        --------
        >>> prior = SkillPrior.from_graph(3, prerequisites=[(0, 1)], domains=["math", "math", "sql"])
        >>> prior.covariance.round(2)
        array([[1.  , 0.69, 0.36],
               [0.69, 1.  , 0.4 ],
               [0.36, 0.4 , 1.  ]])
        """
        edges = _checked_edges(n_skills, prerequisites)
        own = 1.0 - general**2 - domain**2
        if own <= 0:
            raise PriorError(
                f"general = {general:g} and domain = {domain:g} leave no variance of its own to a skill: "
                f"general^2 + domain^2 is {general**2 + domain**2:g}, it must be below 1"
            )
        loadings = _factor_loadings(n_skills, domains, general, domain)
        direct = loadings @ loadings.T + own * np.eye(n_skills)
        spread = np.linalg.solve(
            np.eye(n_skills) - _influence(n_skills, edges, prerequisite), np.eye(n_skills)
        )
        covariance = spread @ direct @ spread.T
        scale = 1.0 / np.sqrt(np.diag(covariance))
        covariance *= np.multiply.outer(scale, scale)
        return cls(np.broadcast_to(np.asarray(mean, dtype=np.float64), (n_skills,)), covariance)

    def with_self_report(self, ratings: ArrayLike, noise: float = 1.7, bias: float = 0.7) -> SkillPrior:
        """Return the prior after what a learner says of himself: one rating a skill, all optional.

        A rating is ``theta_k + bias + noise``, where the bias is the same for all ratings of a person.
        Learners only: the result carries ``for_screening = False``.

        Parameters
        ----------
        ratings : (K,) floats in logits, nan = not rated
            Five words from "never used it" to "could teach it" are -1.5 ... 1.5.
        noise, bias : floats > 0 and >= 0, logits
            Standard deviations of the error of one rating and of the person's leaning.

        Raises
        ------
        PsychometricsError
            If the shape is wrong, a rating is infinite, or noise is not positive.

        Examples
        --------
        >>> prior = SkillPrior.from_graph(2, domains=["math", "math"])
        >>> modest = prior.with_self_report([-1.5, float("nan")])
        >>> modest.mean.round(2), modest.for_screening
        (array([-0.34, -0.17]), False)
        """
        said = np.array(ratings, dtype=np.float64)
        if said.shape != (self.n_skills,) or np.isinf(said).any():
            raise PsychometricsError(
                f"ratings must be {self.n_skills} finite numbers, or nan where not rated"
            )
        if not (noise > 0 and bias >= 0):
            raise PsychometricsError("noise must be above 0 and bias at least 0")
        rated = np.flatnonzero(~np.isnan(said))
        if not rated.size:
            return self
        shared = self.covariance[:, rated]
        error = noise**2 * np.eye(rated.size) + bias**2
        gain = np.linalg.solve(shared[rated] + error, shared.T).T
        mean = self.mean + gain @ (said[rated] - self.mean[rated])
        covariance = self.covariance - gain @ shared.T
        return SkillPrior(mean, (covariance + covariance.T) / 2, for_screening=False)


def _checked_edges(n_skills: int, prerequisites: Sequence[Edge]) -> list[Edge]:
    if n_skills < 1:
        raise PriorError("a prior needs at least one skill")
    edges = list(dict.fromkeys((int(parent), int(child)) for parent, child in prerequisites))
    for parent, child in edges:
        if not (0 <= parent < n_skills and 0 <= child < n_skills):
            raise PriorError(f"prerequisite ({parent}, {child}) names a skill outside 0 to {n_skills - 1}")
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for parent, child in edges:
        sorter.add(child, parent)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        path = ", ".join(f"({parent}, {child})" for parent, child in pairwise(circle))
        raise PriorError(f"the prerequisites go round in a circle: {path}") from error
    return edges


def _influence(n_skills: int, edges: Sequence[Edge], strength: float) -> Floats:
    influence = np.zeros((n_skills, n_skills))
    for parent, child in edges:
        influence[child, parent] = 1.0
    parents = influence.sum(axis=1, keepdims=True)
    shares: Floats = strength * influence / np.maximum(parents, 1.0)
    return shares


def _factor_loadings(
    n_skills: int, domains: Sequence[Hashable] | None, general: float, domain: float
) -> Floats:
    labels = list(range(n_skills)) if domains is None else list(domains)
    if len(labels) != n_skills:
        raise PriorError(f"domains has {len(labels)} labels; there are {n_skills} skills")
    number = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    loadings = np.zeros((n_skills, 1 + len(number)))
    loadings[:, 0] = general
    loadings[np.arange(n_skills), [1 + number[label] for label in labels]] = domain
    return loadings
