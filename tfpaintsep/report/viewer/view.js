// What part of the pictures is seen. There is one view for the whole page, so all stay in step.

class View extends EventTarget {
  /** @param {number} mostZoom how far one may go in; 1 shows the whole picture */
  constructor(mostZoom) {
    super();
    this.mostZoom = mostZoom;
    // Middle of what is seen, as shares of the picture's width and height.
    this.x = 0.5;
    this.y = 0.5;
    this.zoom = 1;
  }

  show(x, y, zoom) {
    this.zoom = Math.min(Math.max(zoom, 1), this.mostZoom);
    const half = 0.5 / this.zoom;
    this.x = Math.min(Math.max(x, half), 1 - half);
    this.y = Math.min(Math.max(y, half), 1 - half);
    this.dispatchEvent(new Event("change"));
  }

  whole() {
    this.show(0.5, 0.5, 1);
  }

  moveBy(dx, dy) {
    this.show(this.x + dx, this.y + dy, this.zoom);
  }

  /** Zoom so that the point (x, y) of the picture stays where it is seen. */
  zoomBy(factor, x = this.x, y = this.y) {
    const zoom = Math.min(Math.max(this.zoom * factor, 1), this.mostZoom);
    const share = this.zoom / zoom;
    this.show(x + (this.x - x) * share, y + (this.y - y) * share, zoom);
  }
}
