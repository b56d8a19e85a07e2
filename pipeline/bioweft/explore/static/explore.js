// Suggestions while one types. All else works without script.
"use strict";
(() => {
  for (const form of document.querySelectorAll("form.find")) {
    const input = form.querySelector("input[name=q]");
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Concepts");
    form.append(list);
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    let chosen = -1;
    let waiting = 0;
    let asked = new AbortController();

    const close = () => {
      list.hidden = true;
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (place) => {
      const items = [...list.children];
      chosen = items.length ? (place + items.length) % items.length : -1;
      items.forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
      if (chosen >= 0) input.setAttribute("aria-activedescendant", items[chosen].id);
    };
    const span = (name, text) => {
      const made = document.createElement("span");
      if (name) made.className = name;
      made.textContent = text;
      return made;
    };
    const show = (hits) => {
      list.replaceChildren(...hits.map((hit, number) => {
        const item = document.createElement("li");
        item.id = `suggestion-${number}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.address = `/entity?id=${encodeURIComponent(hit.id)}`;
        const known = ["disease", "chemical", "gene", "species", "cell_line", "cell_type"].includes(hit.type);
        const also = [hit.term.toLowerCase() === hit.name.toLowerCase() ? "" : hit.term, hit.species || "", hit.id].filter(Boolean).join(" · ");
        const words = hit.type.replaceAll("_", " ");
        item.append(span("", hit.name), span(`type ${known ? hit.type : "other"}`, words), span("soft", `${also} · ${hit.documents.toLocaleString("en")} ${hit.documents === 1 ? "document" : "documents"}`));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(item.dataset.address); });
        return item;
      }));
      chosen = -1;
      list.hidden = !hits.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    const ask = async () => {
      asked.abort();
      asked = new AbortController();
      const text = input.value.trim();
      if (text.length < 2) { close(); return; }
      try {
        const answer = await fetch(`/search.json?limit=8&q=${encodeURIComponent(text)}`, { signal: asked.signal });
        if (answer.ok) show((await answer.json()).hits);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    };
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? list.children.length - 1 : chosen - 1); }
      else if (event.key === "Escape") { event.preventDefault(); close(); }
      else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.assign(list.children[chosen].dataset.address); }
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const input = document.querySelector("form.find input[name=q]");
      if (input) { event.preventDefault(); input.focus(); input.select(); }
    }
  });
})();
