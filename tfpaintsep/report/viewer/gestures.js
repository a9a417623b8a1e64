// Wheel, drag, pinch, double click and keys on a pane move the view that all panes share.

const PAGE_REST = 350; // milliseconds without scrolling, after which a wheel is meant for a picture
let lastScroll = -PAGE_REST;
window.addEventListener("scroll", () => { lastScroll = performance.now(); }, { passive: true });

/**
 * @param {HTMLElement} target what is touched: the canvas, or the curtain around two of them
 * @param {Pane} pane tells which place of the picture is meant
 * @param {object} options taken(x), whether the curtain's knob takes what happens at x; holds,
 *     whether one finger moves a picture that is zoomed in, where it else scrolls the page
 */
function listenToPointer(target, pane, { taken = () => false, holds = false } = {}) {
  const { view } = pane;
  const pointers = new Map();

  target.addEventListener("wheel", (event) => {
    // At the whole picture, turning away scrolls the page; so does a wheel begun outside.
    const out = event.deltaY > 0 && view.zoom === 1;
    if (out || (!event.ctrlKey && performance.now() - lastScroll < PAGE_REST)) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    const turn = Math.max(-200, Math.min(200, event.deltaY * lines));
    view.zoomBy(Math.exp(-turn / (event.ctrlKey ? 120 : 400)), ...pane.placeUnder(event.clientX, event.clientY));
  }, { passive: false });

  target.addEventListener("dblclick", (event) => {
    if (!taken(event.clientX)) view.zoomBy(2, ...pane.placeUnder(event.clientX, event.clientY));
  });

  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || taken(event.clientX)) return;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    // A mouse keeps dragging outside; the browser does the same for a finger by itself.
    if (event.pointerType === "mouse") target.setPointerCapture(event.pointerId);
    target.focus({ preventScroll: true });
  });
  target.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const { across, down } = pane.frame();
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      view.zoomBy(apart(now) / Math.max(apart(before), 1), ...pane.placeUnder(...middle));
    }
    const share = 1 / pointers.size; // each of two fingers moves their middle by half
    view.moveBy((share * (before[0] - now[0])) / across, (share * (before[1] - now[1])) / down);
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    target.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  const leave = () => { target.style.touchAction = holds && view.zoom > 1 ? "none" : "pan-y"; };
  view.addEventListener("change", leave);
  leave();
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What the keys of a picture do; whether the key was one of them. */
function actOnKey(view, key, pixels) {
  const step = 0.15 / view.zoom;
  if (MOVES[key]) view.moveBy(step * MOVES[key][0], step * MOVES[key][1]);
  else if (key === "+" || key === "=") view.zoomBy(1.25);
  else if (key === "-" || key === "−") view.zoomBy(1 / 1.25);
  else if (key === "0") view.whole();
  else if (key === "1") pixels();
  else return false;
  return true;
}
