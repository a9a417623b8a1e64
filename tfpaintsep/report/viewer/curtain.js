// Two pictures under one curtain: the component img-comparison-slider, made readable to all.

const KNOB = 24; // half the width in which the knob is taken hold of, CSS pixels
const LETTERS = { a: "ArrowLeft", d: "ArrowRight", w: "ArrowUp", s: "ArrowDown" };

class Curtain {
  constructor(element, view, painting, pixels) {
    this.element = element;
    this.view = view;
    const [left, right] = element.querySelectorAll("canvas");
    this.left = new Pane(left, view, painting, "left");
    this.right = new Pane(right, view, painting, "right");
    listenToPointer(element, this.left, { taken: (x) => Math.abs(x - this.edge()) < KNOB, holds: true });
    element.addEventListener("slide", () => this.tell());
    element.addEventListener("keydown", (event) => this.onKey(event, pixels));
    element.setAttribute("role", "slider");
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuemax", "100");
  }

  /** Where the curtain hangs, in CSS pixels of the window. */
  edge() {
    const box = this.element.getBoundingClientRect();
    return box.left + (box.width * this.element.value) / 100;
  }

  show(left, right) {
    this.left.show(left);
    this.right.show(right);
    this.tell();
  }

  slideTo(share) {
    this.element.value = Math.min(Math.max(share, 0), 100);
    this.tell();
  }

  tell() {
    const share = Math.round(this.element.value);
    const named = (picture) => `${picture.title} (${picture.stamp})`;
    const [left, right] = [this.left.picture, this.right.picture];
    if (!left || !right) return;
    this.element.setAttribute("aria-label", `Curtain between ${named(left)}, left, and ${named(right)}, right`);
    this.element.setAttribute("aria-valuenow", String(share));
    this.element.setAttribute("aria-valuetext", `${share} % ${left.title}, ${100 - share} % ${right.title}`);
  }

  onKey(event, pixels) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = event.shiftKey ? 10 : 2;
    const { key } = event;
    const moved = LETTERS[key.toLowerCase()];
    if (key === "ArrowLeft" || key === "ArrowDown") this.slideTo(this.element.value - step);
    else if (key === "ArrowRight" || key === "ArrowUp") this.slideTo(this.element.value + step);
    else if (key === "Home") this.slideTo(0);
    else if (key === "End") this.slideTo(100);
    else if (!actOnKey(this.view, moved ?? key, pixels)) return;
    event.preventDefault();
  }
}
