// One picture of the page: what it is, what its steps mean, and how it is to be shown now.

class Picture extends EventTarget {
  /** @param {HTMLElement} figure the figure of the page, whose <img> holds the only copy */
  constructor(figure) {
    super();
    const facts = figure.dataset;
    this.figure = figure;
    this.key = figure.id;
    this.title = facts.title;
    this.group = facts.group;
    this.stamp = facts.stamp;
    this.computed = ["computed", "error", "disagreement"].includes(facts.kind);
    this.squares = facts.subject === "map";
    this.colours = facts.colours;
    this.low = Number(facts.low);
    this.high = Number(facts.high);
    this.width = Number(facts.width);
    this.height = Number(facts.height);
    this.offered = facts.offered === "yes";
    this.image = figure.querySelector("img");
    this.alt = this.image.alt;
    this.window = { low: 0, high: 255, invert: false };
    this.bitmap = null; // without the band that the embedded picture carries below it
    this.shown = null;
  }

  /** Decode the picture, once; tells by "change" when it can be drawn. */
  load() {
    const { image } = this;
    const there = image.complete || new Promise((done) => image.addEventListener("load", done, { once: true }));
    this.loading ??= Promise.resolve(there)
      .then(() => createImageBitmap(this.image, 0, 0, this.width, this.height))
      .then((bitmap) => {
        this.bitmap = bitmap;
        this.recolour();
      });
    return this.loading;
  }

  /** Whether the scale has its zero, white, in the middle. */
  get diverging() {
    return this.colours === "vik";
  }

  get isAsMade() {
    return this.changes.length === 0;
  }

  /** What has been done to the picture since it was made, in words. */
  get changes() {
    const { low, high, invert } = this.window;
    return [...(low > 0 || high < 255 ? ["contrast changed"] : []), ...(invert ? ["inverted"] : [])];
  }

  setWindow(low, high, invert) {
    this.window = { low, high, invert };
    if (this.bitmap) this.recolour();
    else this.dispatchEvent(new Event("change"));
  }

  recolour() {
    this.shown = this.isAsMade ? this.bitmap : this.painted();
    this.dispatchEvent(new Event("change"));
  }

  painted() {
    const canvas = this.canvas ??= Object.assign(document.createElement("canvas"),
      { width: this.width, height: this.height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(this.bitmap, 0, 0);
    const pixels = pen.getImageData(0, 0, this.width, this.height);
    const data = pixels.data;
    const table = windowed(this.window.low, this.window.high, this.window.invert);
    if (!this.colours) {
      for (let i = 0; i < data.length; i++) if ((i & 3) !== 3) data[i] = table[data[i]];
    } else {
      const find = this.finder ??= stepFinder(this.colours);
      const ramp = rampOf(this.colours);
      for (let i = 0; i < data.length; i += 4) {
        const colour = ramp[table[find(data[i], data[i + 1], data[i + 2])]];
        data[i] = colour[0];
        data[i + 1] = colour[1];
        data[i + 2] = colour[2];
      }
    }
    pen.putImageData(pixels, 0, 0);
    return canvas;
  }

  /** What a step of the scale means, in the picture's own units; a share for a photograph. */
  valueOf(step) {
    return this.low + (step / 255) * (this.high - this.low);
  }

  /** @returns {string} the value at a place given in shares of width and height */
  readAt(x, y) {
    if (!this.bitmap) return "";
    const pen = Picture.probe ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const column = Math.min(Math.floor(x * this.width), this.width - 1);
    const row = Math.min(Math.floor(y * this.height), this.height - 1);
    pen.drawImage(this.bitmap, column, row, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    if (!this.colours) return `RGB ${red} ${green} ${blue}`;
    const step = (this.finder ??= stepFinder(this.colours))(red, green, blue);
    // What lies beyond the ends of the scale was cut off when the picture was embedded.
    const sign = step === 0 ? "≤" : step === 255 ? "≥" : "≈";
    return `${sign} ${inWords(this.valueOf(step))}`;
  }

  describe(step) {
    return this.colours ? inWords(this.valueOf(step)) : `${Math.round((100 * step) / 255)} %`;
  }
}

/** A value as a person writes it, like the numbers under the page's pictures. */
function inWords(value) {
  const digits = Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
  return digits.replace("-", "−");
}
