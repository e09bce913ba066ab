// On a phone the answer types are a strip: show where in it we are.

document.querySelector(".side-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
