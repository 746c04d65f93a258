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

  // The editor paints sixty times a second, also when nothing moves and on a page that nobody sees.
  // Without a graphics card that is most of what a browser does, and what it is late with piles up
  // until the page stands still. Let it rest between.
  const nextFrame = window.requestAnimationFrame;
  const dropFrame = window.cancelAnimationFrame;
  const painters = new WeakSet(); // callbacks that were seen to paint
  let painting = null; // the callback that runs now
  let stirred = 0;
  for (const name of ["drawElements", "drawArrays"]) {
    const canvases = window.WebGL2RenderingContext?.prototype;
    if (!canvases) break;
    const draw = canvases[name];
    canvases[name] = function (...values) {
      if (painting) painters.add(painting);
      return draw.apply(this, values);
    };
  }
  const rest = () => {
    if (!document.querySelector("#canvas canvas")?.offsetParent) return 500;
    return performance.now() - stirred > 500 ? 120 : 0;
  };
  const run = (step) => (time) => {
    painting = step;
    try {
      step(time);
    } finally {
      painting = null;
    }
  };
  window.requestAnimationFrame = (step) => {
    const pause = painters.has(step) ? rest() : 0;
    if (!pause) return nextFrame(run(step));
    return -setTimeout(() => run(step)(performance.now()), pause);
  };
  window.cancelAnimationFrame = (number) => (number < 0 ? clearTimeout(-number) : dropFrame(number));
  for (const event of ["pointermove", "pointerdown", "pointerup", "wheel", "keydown"]) {
    document.addEventListener(
      event,
      ({ target, key }) => {
        if (key || target.closest?.("#canvas")) stirred = performance.now();
      },
      { capture: true, passive: true },
    );
  }

  // The editor's canvas and palette have no names of their own for those who cannot see them.
  const nameParts = setInterval(() => {
    const canvas = document.querySelector("#canvas canvas");
    if (!canvas) return;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Photograph to brush a hole on; or draw a random hole");
    clearInterval(nameParts);
  }, 500);
  const colours = ["Brush the hole", "Draw a sketch in the hole"];
  new MutationObserver(() => {
    document.querySelectorAll("#canvas menu.swatch button.color:not([title])").forEach((one) => {
      const place = [...one.parentNode.children].indexOf(one);
      one.title = colours[place] || "";
      one.setAttribute("aria-label", one.title);
    });
  }).observe(document.body, { childList: true, subtree: true });

  // The editor calls it input whenever it puts on what the server sent, many times over. Look at
  // the hole only when a hand has changed it: a stroke that ends, undo, redo.
  let brushing = false;
  let looking = 0;
  const measure = () => {
    clearTimeout(looking);
    looking = setTimeout(() => document.querySelector("#measure")?.click(), 200);
  };
  document.addEventListener(
    "pointerdown",
    (event) => (brushing = Boolean(event.target.closest?.("#canvas .pixi-target"))),
    true,
  );
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(
      end,
      () => {
        if (brushing) measure();
        brushing = false;
      },
      true,
    );
  }
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.("#canvas button:is([aria-label=Undo], [aria-label=Redo])")) measure();
      // A tool's own answer says how large the hole is; one about the canvas would be out of date.
      if (event.target.closest?.("button[id$=-hole]")) clearTimeout(looking);
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(event.key.toLowerCase())) return;
    // The editor forgets its strokes once a button has changed the hole: then the button goes back.
    const writing = event.target.closest?.("input, textarea, [contenteditable]");
    const own = document.querySelector("#canvas button[aria-label=Undo]");
    const back = document.querySelector("#undo-hole");
    if (event.key === "z" && !writing && own?.disabled && back?.offsetParent) back.click();
    else measure();
  });

  // Compare can be pressed far above its results: bring them into sight once they begin.
  const begun = new MutationObserver(() => {
    begun.disconnect();
    const results = document.querySelector("#results");
    if (results.getBoundingClientRect().top < window.innerHeight / 2) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    results.scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  });
  document.addEventListener("click", ({ target }) => {
    const status = document.querySelector("#status");
    if (!status || !target.closest?.("#run, #stop")) return;
    begun.disconnect(); // a Compare that was refused began nothing
    if (target.closest("#stop")) return;
    begun.observe(status, { childList: true, subtree: true, characterData: true });
  });

  // A picture that is pasted or dropped anywhere takes the way of the upload button.
  const upload = (files) => {
    const file = [...(files || [])].find((one) => one.type.startsWith("image/"));
    const input = document.querySelector("input#upload-photo, #upload-photo input[type=file]")
      || document.querySelector("#upload-photo")?.parentElement.querySelector("input[type=file]");
    const button = document.querySelector("#upload-photo");
    if (!file || !input || !button?.offsetParent) return false;
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  document.addEventListener("paste", (event) => {
    if (upload(event.clipboardData?.files)) event.preventDefault();
  });
  // The editor keeps what is dropped on it to itself: be there first.
  const takesDrops = ({ target }) => target.closest?.("#camera, input[type=file]");
  document.addEventListener(
    "dragover",
    (event) => {
      if (takesDrops(event)) return;
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    },
    true,
  );
  document.addEventListener(
    "drop",
    (event) => {
      if (takesDrops(event) || !upload(event.dataTransfer?.files)) return;
      event.preventDefault();
      event.stopPropagation();
      event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true })); // its frame fades
    },
    true,
  );

  // Once the canvas was an input of any event, Gradio's page reads it at every message about every
  // event, and each time uploads the same three pictures. Give it the answer it had.
  const fetchNow = window.fetch;
  const sent = new Map(); // file name -> what was uploaded last, when, and the answer to it
  const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);
  window.fetch = async (input, options) => {
    const files = options?.body instanceof FormData ? options.body.getAll("files") : [];
    const name = files.length === 1 ? files[0].name : "";
    if (!/^(background|composite|layer_\d+)\.png$/.test(name)) return fetchNow(input, options);
    const bytes = new Uint8Array(await files[0].arrayBuffer());
    let last = sent.get(name);
    if (!last || Date.now() - last.time > 60000 || !same(last.bytes, bytes)) {
      last = { bytes, time: Date.now(), answer: fetchNow(input, options) };
      sent.set(name, last);
      last.answer.then((answer) => answer.ok || sent.delete(name), () => sent.delete(name));
    }
    return (await last.answer).clone();
  };

  window.inpaintBench = {
    // A hidden button got its file a moment ago: press it once the page shows that.
    save: (place) =>
      setTimeout(() => {
        const box = document.querySelector(place);
        (box?.matches("a, button") ? box : box?.querySelector("a, button"))?.click();
      }, 100),
    // Where copying is not allowed, the link itself is there to be copied.
    copyLink: () =>
      setTimeout(() => {
        const link = document.querySelector("#link a");
        if (!link || !navigator.clipboard) return;
        navigator.clipboard.writeText(link.href).then(
          () => link.parentElement.classList.add("is-copied"),
          (error) => console.info("the link was not copied:", error.message),
        );
      }, 100),
  };
}
