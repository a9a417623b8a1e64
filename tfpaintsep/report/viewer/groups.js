// On a page of many elements, one element is shown at a time; without this script, all are.

class Groups {
  /** @param {(group: string) => void} onChange called with the name of the group now shown */
  constructor(onChange) {
    this.select = document.getElementById("viewer-group");
    this.parts = [...document.querySelectorAll(".element")];
    if (!this.select) return;
    this.onChange = onChange;
    for (const part of this.parts) this.select.append(new Option(part.dataset.group));
    this.select.append(new Option("all elements", "*"));
    this.select.addEventListener("input", () => this.show(this.select.selectedIndex));
    document.getElementById("viewer-previous").addEventListener("click", () => this.step(-1));
    document.getElementById("viewer-next").addEventListener("click", () => this.step(1));
    // A link into an element that is hidden shows it.
    window.addEventListener("hashchange", () => this.showTarget());
    this.show(0);
    this.showTarget();
  }

  step(by) {
    const count = this.parts.length;
    this.show((Math.min(this.select.selectedIndex, count - 1) + by + count) % count);
  }

  show(index) {
    this.select.selectedIndex = index;
    const all = index === this.parts.length;
    this.parts.forEach((part, i) => { part.hidden = !all && i !== index; });
    if (!all) this.onChange(this.parts[index].dataset.group);
  }

  showTarget() {
    const target = document.getElementById(location.hash.slice(1));
    const index = this.parts.findIndex((part) => part.contains(target));
    if (index >= 0) this.show(index);
  }
}
