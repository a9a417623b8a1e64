// Which values of a picture are shown dark and bright, said in the picture's own units.

/**
 * Fill an element with the controls of a picture; they follow when it is changed elsewhere.
 * @param {HTMLElement} place
 * @param {Picture} picture
 * @param {string} unit what the values are
 * @returns {() => void} stops following
 */
function contrastControls(place, picture, unit) {
  const template = document.getElementById("contrast-template");
  place.append(template.content.cloneNode(true));
  const [low, high] = place.querySelectorAll("input[type=range]");
  const [lowWords, highWords] = place.querySelectorAll("output");
  const invert = place.querySelector("input[type=checkbox]");
  const named = picture.colours ? unit : "of the photograph's range";

  const change = (event) => {
    if (picture.diverging) {
      // White stays zero: one end mirrors the other.
      const chosen = event.target === high ? 255 - Number(high.value) : Number(low.value);
      const least = Math.min(chosen, 127);
      picture.setWindow(least, 255 - least, invert.checked);
      return;
    }
    // The two ends push each other along and never meet.
    let [least, most] = [Number(low.value), Number(high.value)];
    if (least >= most && event.target === low) most = Math.min(least + 1, 255);
    least = Math.min(least, most - 1);
    if (least < 0) [least, most] = [0, 1];
    picture.setWindow(least, most, invert.checked);
  };
  const follow = () => {
    const now = picture.window;
    for (const [input, words, step] of [[low, lowWords, now.low], [high, highWords, now.high]]) {
      input.value = String(step);
      words.textContent = picture.describe(step);
      input.setAttribute("aria-valuetext", `${words.textContent} ${named}`);
    }
    invert.checked = now.invert;
  };
  for (const input of [low, high, invert]) input.addEventListener("input", change);
  place.querySelector("button").addEventListener("click", () => picture.setWindow(0, 255, false));
  picture.addEventListener("change", follow);
  follow();
  return () => picture.removeEventListener("change", follow);
}
