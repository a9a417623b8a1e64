// Buttons for whoever does not drag, and words on how much is seen.

/**
 * @param {View} view
 * @param {() => void} pixels shows embedded pixels one to one
 */
function listenToButtons(view, pixels) {
  const step = () => 0.15 / view.zoom;
  const acts = {
    in: () => view.zoomBy(1.5),
    out: () => view.zoomBy(1 / 1.5),
    fit: () => view.whole(),
    pixels,
    left: () => view.moveBy(-step(), 0),
    right: () => view.moveBy(step(), 0),
    up: () => view.moveBy(0, -step()),
    down: () => view.moveBy(0, step()),
  };
  for (const button of document.querySelectorAll("#viewer [data-act]")) {
    button.addEventListener("click", acts[button.dataset.act]);
  }
  const zoom = document.getElementById("viewer-zoom");
  const tell = () => {
    const words = view.zoom === 1 ? "whole picture" : `zoom ${view.zoom.toFixed(1)} ×`;
    if (zoom.textContent !== words) zoom.textContent = words;
  };
  view.addEventListener("change", tell);
  tell();
}

/** The viewer on the whole screen, or, where a browser refuses, on the whole window. */
function listenToFullScreen(viewer) {
  const button = document.getElementById("viewer-full");
  const tell = () => {
    const full = document.fullscreenElement === viewer;
    viewer.classList.toggle("full", full);
    button.setAttribute("aria-pressed", String(full));
    button.textContent = full ? "Leave full screen" : "Fill the screen";
  };
  if (!viewer.requestFullscreen) {
    button.hidden = true;
    return;
  }
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else viewer.requestFullscreen();
  });
  document.addEventListener("fullscreenchange", tell);
}
