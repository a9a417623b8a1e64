// A canvas that shows the part of a picture that the view names.

const PIXELS_SHOW_FROM = 3; // pixels of the screen along a pixel of the picture

class Pane {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {View} view
   * @param {object} painting aspect (width over height) and width in millimetres, or 0
   * @param {string} side "left" or "right" of a curtain, else "all"
   */
  constructor(canvas, view, painting, side = "all") {
    Object.assign(this, { canvas, view, painting, side, picture: null, seen: false });
    this.redraw = this.redraw.bind(this);
    view.addEventListener("change", this.redraw);
    new ResizeObserver(this.redraw).observe(canvas);
    // What is out of sight is neither decoded nor drawn.
    new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen) this.redraw();
    }, { rootMargin: "200px" }).observe(canvas);
  }

  show(picture) {
    this.picture?.removeEventListener("change", this.redraw);
    this.picture = picture;
    picture.addEventListener("change", this.redraw);
    this.redraw();
  }

  redraw() {
    if (this.waiting || !this.seen) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (this.picture) this.draw();
    });
  }

  /** Where the whole picture would lie, in CSS pixels of the canvas. */
  frame() {
    const { clientWidth: width, clientHeight } = this.canvas;
    const height = clientHeight - STRIP;
    const { aspect } = this.painting;
    const across = Math.min(width, height * aspect) * this.view.zoom;
    const down = across / aspect;
    return {
      ...{ width, height, across, down },
      left: width / 2 - this.view.x * across,
      top: height / 2 - this.view.y * down,
    };
  }

  /** The place of the picture under a point of the window, in shares of width and height. */
  placeUnder(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const { left, top, across, down } = this.frame();
    return [(clientX - box.left - left) / across, (clientY - box.top - top) / down];
  }

  draw() {
    const { width, height, left, top, across, down } = this.frame();
    if (width <= 0 || height <= 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round((height + STRIP) * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: wide, height: high });
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = STRIP_GROUND;
    pen.fillRect(0, 0, width, height);
    if (this.picture.shown) {
      // No detail may be added to a map by showing it, nor to anything once its pixels are seen.
      const enlarged = (across * ratio) / this.picture.width;
      pen.imageSmoothingEnabled = enlarged < (this.picture.squares ? 1 : PIXELS_SHOW_FROM);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(this.picture.shown, left, top, across, down);
      // For whoever reads the page by program: what was drawn.
      const { x, y, zoom } = this.view;
      this.canvas.dataset.seen = [x, y, zoom].map((share) => share.toFixed(4)).join(" ");
    } else {
      this.picture.load();
    }
    const mmPerPixel = this.painting.widthMm / across;
    const size = { width, height: height + STRIP, side: this.side, mmPerPixel };
    this.canvas.dataset.bar = drawStrip(pen, this.picture, size);
  }
}
