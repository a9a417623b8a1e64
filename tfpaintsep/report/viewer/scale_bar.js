// The length of a scale bar, in millimetres of the painting.

/**
 * The longest bar of 1, 2 or 5 times a power of ten, and its label.
 * @param {number} mostMm what the bar may be at most
 * @returns {[number, string]} its length in millimetres, and a label such as "5 cm"
 */
function scaleBar(mostMm) {
  const power = 10 ** Math.floor(Math.log10(mostMm));
  const length = [5, 2, 1].map((step) => step * power).find((step) => step <= mostMm * (1 + 1e-9));
  const [size, unit] = [[1000, "m"], [10, "cm"], [1, "mm"]].find(([least]) => length >= least * (1 - 1e-9))
    ?? [0.001, "µm"];
  return [length, `${Number((length / size).toPrecision(3))} ${unit}`];
}
