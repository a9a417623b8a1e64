// A figure of the page whose still picture gives way to a pane that follows the view.

/**
 * @param {Picture} picture
 * @param {View} view
 * @param {object} painting as for Pane
 * @param {object} options unit of the values; onCurtain(side) puts the picture there; pixels()
 */
function enliven(picture, view, painting, { unit, onCurtain, pixels }) {
  const { figure } = picture;
  const canvas = document.createElement("canvas");
  canvas.className = "live-picture";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${picture.alt} (${picture.stamp}). Plus and minus zoom, arrows move.`);
  canvas.style.setProperty("--aspect", painting.aspect);
  figure.querySelector(".enlarge").after(canvas);
  const pane = new Pane(canvas, view, painting);
  pane.show(picture);
  listenToPointer(canvas, pane);
  canvas.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey && actOnKey(view, event.key, pixels)) {
      event.preventDefault();
    }
  });

  const caption = figure.querySelector("figcaption");
  const tools = document.createElement("div");
  tools.className = "figure-tools";
  if (picture.offered) {
    for (const [side, sign] of [["left", "◧"], ["right", "◨"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${sign} ${side}`;
      button.setAttribute("aria-label", `${picture.title}: show ${side} of the curtain`);
      button.addEventListener("click", () => onCurtain(side));
      tools.append(button);
    }
  }
  const details = document.createElement("details");
  details.innerHTML = "<summary>Contrast</summary>";
  // Made when first asked for: a page of twenty elements has a hundred pictures.
  details.addEventListener("toggle", () => contrastControls(details, picture, unit), { once: true });
  tools.append(details);
  caption.append(tools);
  followScale(picture, caption);
}

/** A second bar that says what is shown now; the first stays as it is, for print. */
function followScale(picture, caption) {
  const still = caption.querySelector(".scale");
  if (!still) return;
  const bar = still.cloneNode(true);
  still.classList.add("as-made");
  bar.classList.add("as-seen");
  still.after(bar);
  const [low, high] = bar.querySelectorAll("span");
  const made = [low.textContent, high.textContent];
  picture.addEventListener("change", () => {
    const { low: least, high: most, invert } = picture.window;
    low.textContent = least === 0 ? made[0] : picture.describe(least);
    high.textContent = most === 255 ? made[1] : picture.describe(most);
    bar.classList.toggle("inverted", invert);
    bar.setAttribute("aria-label", `scale from ${low.textContent} to ${high.textContent}${invert ? ", inverted" : ""}`);
  });
}
