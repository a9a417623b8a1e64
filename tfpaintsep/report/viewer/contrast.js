// From a picture's embedded colours to steps 0..255 of its scale, and from steps to new colours.

/** The 256 colours of a scale as [red, green, blue]; grey where it has no colours of its own. */
function rampOf(name) {
  const found = RAMPS[name];
  return Array.from({ length: 256 }, (_, i) =>
    found ? [1, 3, 5].map((at) => parseInt(found[i].slice(at, at + 2), 16)) : [i, i, i]);
}

const luminance = (red, green, blue) => Math.round(0.299 * red + 0.587 * green + 0.114 * blue);

/**
 * A function (red, green, blue) -> step of the scale.
 *
 * The scales are even to the eye, so brightness alone tells the step; a diverging scale is
 * brightest in the middle, and there red or blue tells the side.
 */
function stepFinder(name) {
  if (!RAMPS[name]) return luminance;
  const ramp = rampOf(name);
  const nearest = (steps) => Uint8Array.from({ length: 256 }, (_, wanted) => {
    const distance = (step) => Math.abs(luminance(...ramp[step]) - wanted);
    return steps.reduce((best, step) => (distance(step) < distance(best) ? step : best));
  });
  const all = Array.from(ramp.keys());
  if (name !== "vik") {
    const table = nearest(all);
    return (red, green, blue) => table[luminance(red, green, blue)];
  }
  const cold = nearest(all.slice(0, 128));
  const warm = nearest(all.slice(128));
  return (red, green, blue) => (red > blue ? warm : cold)[luminance(red, green, blue)];
}

/**
 * For each step, the step to show instead: `low` becomes 0 and `high` becomes 255.
 * @returns {Uint8Array}
 */
function windowed(low, high, invert) {
  return Uint8Array.from({ length: 256 }, (_, step) => {
    const share = Math.min(Math.max((step - low) / Math.max(high - low, 1), 0), 1);
    return Math.round(255 * (invert ? 1 - share : share));
  });
}
