(figure => {
  const controls = [...figure.querySelectorAll("[data-control]")];
  const frames = [...figure.querySelectorAll(".frame")];
  const play = figure.querySelector("button");
  const labels = control => JSON.parse(control.dataset.labels);
  const draw = () => {
    const key = controls.map(control => control.value).join(",");
    frames.forEach(frame => { frame.hidden = frame.dataset.key !== key; });
    controls.forEach(control => {
      const label = labels(control)[control.value];
      control.setAttribute("aria-valuetext", label);
      control.nextElementSibling.textContent = label;
    });
  };
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
  const step = () => {
    const control = controls[0];
    control.value = control.value === control.max ? control.min : Number(control.value) + 1;
    draw();
  };
  const start = () => { timer = setInterval(step, Number(figure.dataset.pace)); play.textContent = "Pause"; };
  controls.forEach(control => {
    control.addEventListener("input", draw);
    ["pointerdown", "keydown"].forEach(hand => control.addEventListener(hand, stop));
  });
  play.addEventListener("click", () => (timer ? stop() : start()));
  figure.querySelector(".controls").hidden = false;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (figure.dataset.autoplay && !still) start();
  draw();
})([...document.querySelectorAll("#EXPLORER")].find(figure => figure.querySelector(".controls").hidden));
