// The strip below a picture: what it is, and how long a millimetre of the painting is in it.
// It is drawn into the canvas, so that a copy of what is seen still says that it is computed.

const STRIP = 24; // height, CSS pixels
const [STRIP_GROUND, STRIP_INK, STRIP_COMPUTED] = ["#181818", "#d8d8d8", "#ffb85c"];

/**
 * @param {CanvasRenderingContext2D} pen scaled to CSS pixels
 * @param {Picture} picture whose stamp is written
 * @param {object} place width and height of the canvas; side, where the stamp stands; mmPerPixel
 *     on the painting, or 0 where it is not known
 * @returns {string} the scale bar that was drawn, in words; empty where there is none
 */
function drawStrip(pen, picture, { width, height, side, mmPerPixel }) {
  const middle = height - STRIP / 2;
  pen.fillStyle = STRIP_GROUND;
  pen.fillRect(0, height - STRIP, width, STRIP);
  const text = [picture.stamp, ...picture.changes].join(" · ").toUpperCase();
  pen.textBaseline = "middle";
  // Under a curtain each side keeps to its half.
  const room = (side === "all" ? 1 : 0.4) * width - 16;
  pen.font = "600 11px system-ui, sans-serif";
  const size = Math.min(11, (11 * room) / pen.measureText(text).width);
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.fillStyle = picture.computed ? STRIP_COMPUTED : STRIP_INK;
  pen.textAlign = side === "right" ? "right" : "left";
  pen.fillText(text, side === "right" ? width - 8 : 8, middle);
  const taken = 8 + pen.measureText(text).width;
  return mmPerPixel ? drawScaleBar(pen, { width, middle, side, mmPerPixel, taken }) : "";
}

function drawScaleBar(pen, { width, middle, side, mmPerPixel, taken }) {
  const [millimetres, label] = scaleBar((side === "all" ? 0.22 : 0.12) * width * mmPerPixel);
  const length = millimetres / mmPerPixel;
  pen.font = "600 11px system-ui, sans-serif";
  pen.fillStyle = STRIP_INK;
  pen.textAlign = "right";
  const whole = length + 6 + pen.measureText(label).width;
  // In the middle of a curtain, where both of its sides draw the same bar at the same place.
  const end = side === "all" ? width - 8 : (width + whole) / 2;
  if (side === "all" && end - whole < taken + 12) return "";
  pen.fillText(label, end - length - 6, middle);
  pen.fillRect(end - length, middle - 1.5, length, 3);
  pen.fillRect(end - length, middle - 4, 1, 8);
  pen.fillRect(end - 1, middle - 4, 1, 8);
  return `${label} as ${length.toFixed(1)} px`;
}
