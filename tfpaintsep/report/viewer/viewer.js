// Puts the viewer of the page together.

const MOST_ENLARGED = 16; // pixels of the screen along an embedded pixel, at the most

function startViewer() {
  const viewer = document.getElementById("viewer");
  const facts = viewer.dataset;
  const painting = {
    aspect: Number(facts.aspect),
    widthMm: Number(facts.pixelMm) * Number(facts.nativeWidth),
  };
  const pictures = new Map([...document.querySelectorAll("figure[data-title]")]
    .map((figure) => [figure.id, new Picture(figure)]));
  document.documentElement.classList.add("live");
  viewer.hidden = false;
  viewer.style.setProperty("--aspect", facts.aspect);

  const element = document.getElementById("viewer-curtain");
  const finest = Math.max(...[...pictures.values()].map((picture) => picture.width));
  const shownWidth = () => Math.min(element.clientWidth, (element.clientHeight - STRIP) * painting.aspect);
  const view = new View(Math.max(8, (MOST_ENLARGED * finest) / Math.max(shownWidth(), 1)));
  const curtain = new Curtain(element, view, painting, pixels);
  const selects = { left: document.getElementById("viewer-left"), right: document.getElementById("viewer-right") };
  const stops = [];

  function pixels() {
    view.show(view.x, view.y, curtain.left.picture.width / shownWidth() / (window.devicePixelRatio || 1));
  }

  function showChosen() {
    const chosen = ["left", "right"].map((side) => pictures.get(selects[side].value));
    curtain.show(...chosen);
    while (stops.length) stops.pop()();
    ["left", "right"].forEach((side, i) => {
      const place = document.getElementById(`viewer-${side}-contrast`);
      place.replaceChildren(Object.assign(document.createElement("legend"), { textContent: `Contrast, ${side}: ${chosen[i].title}` }));
      stops.push(contrastControls(place, chosen[i], facts.unit));
    });
  }

  function put(side, key) {
    if (![...selects[side].options].some((option) => option.value === key)) return;
    selects[side].value = key;
    showChosen();
  }

  /** Offer the pictures of a group, those of no group, and one of each other group. */
  function offer(group) {
    const role = (key) => key.replace(/\d+$/, "");
    for (const [side, select] of Object.entries(selects)) {
      const before = select.value || facts[side];
      select.replaceChildren();
      const others = document.createElement("optgroup");
      others.label = "Other elements";
      for (const picture of pictures.values()) {
        if (!picture.offered) continue;
        const option = new Option(picture.title, picture.key);
        if (!picture.group || picture.group === group) select.append(option);
        else if (picture.key.startsWith("computed-")) others.append(option);
      }
      if (others.childElementCount) select.append(others);
      const same = [...select.options].find((option) => option.value === before)
        ?? [...select.options].find((option) => role(option.value) === role(before));
      const wanted = [...select.options].find((option) =>
        pictures.get(option.value).group === group && role(option.value) === role(before));
      select.value = (pictures.get(before)?.group ? wanted ?? same : same).value;
    }
    showChosen();
  }

  for (const select of Object.values(selects)) select.addEventListener("input", showChosen);
  document.getElementById("viewer-swap").addEventListener("click", () => {
    [selects.left.value, selects.right.value] = [selects.right.value, selects.left.value];
    showChosen();
  });
  for (const picture of pictures.values()) {
    const onCurtain = (side) => {
      if (picture.group) offer(picture.group);
      put(side, picture.key);
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest", behavior: "smooth" });
    };
    enliven(picture, view, painting, { unit: facts.unit, onCurtain, pixels });
  }
  listenToButtons(view, pixels);
  listenToFullScreen(viewer);
  listenToValues(curtain, painting, facts);
  const groups = new Groups(offer);
  if (!groups.select) offer("");
}

/** Says what is under the pointer, in both pictures of the curtain. */
function listenToValues(curtain, painting, facts) {
  const output = document.getElementById("viewer-values");
  const rest = output.textContent;
  curtain.element.addEventListener("pointermove", (event) => {
    const [x, y] = curtain.left.placeUnder(event.clientX, event.clientY);
    if (x < 0 || x >= 1 || y < 0 || y >= 1) {
      output.textContent = rest;
      return;
    }
    const place = [x * facts.nativeWidth, y * facts.nativeHeight].map(Math.floor);
    const values = [curtain.left, curtain.right]
      .map(({ picture }) => `${picture.title} ${picture.readAt(x, y)}`);
    output.textContent = `x ${place[0]}, y ${place[1]} px · ${values.join(" · ")}`;
  });
  curtain.element.addEventListener("pointerleave", () => { output.textContent = rest; });
}

startViewer();
