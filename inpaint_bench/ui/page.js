() => {
  // Runs once when the page opens. The canvas measures itself while the page is still being laid
  // out and can miss the last change of its width: make it look again until it fits its box.
  const lookAgain = (box) => {
    box.style.paddingRight = "1px";
    requestAnimationFrame(() => requestAnimationFrame(() => (box.style.paddingRight = "")));
  };
  let calm = 0;
  const watch = setInterval(() => {
    const box = document.querySelector("#canvas .pixi-target");
    const canvas = box && box.querySelector("canvas");
    if (!canvas || !box.offsetParent) return;
    const wanted = box.getBoundingClientRect();
    const fits = Math.abs(canvas.getBoundingClientRect().width - wanted.width) < 2;
    calm = fits ? calm + 1 : 0;
    if (!fits) lookAgain(box);
    if (calm > 20) clearInterval(watch);
  }, 200);
}
