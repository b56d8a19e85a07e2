// The drawing of a neighbourhood: cytoscape.js draws, the address has all of the state.
"use strict";
(() => {
  const MOST_NODES = 150;
  const MOST_NAMES = 12;
  const root = document.getElementById("graph");
  const canvas = root.querySelector(".canvas");
  const panel = root.querySelector(".panel");
  const KNOWN = ["disease", "chemical", "gene", "species", "cell_line", "cell_type"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let state = new URL(root.dataset.source, location.href);
  let cy = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const style = () => [
    { selector: "node", style: {
      label: "data(label)", "font-family": "system-ui, sans-serif", "font-size": 14, color: colour("--ink"), "text-valign": "bottom", "text-margin-y": 4,
      "text-background-color": colour("--card"), "text-background-opacity": 0.8, "text-background-padding": 1, "text-max-width": 120, "text-wrap": "wrap",
      width: "data(size)", height: "data(size)", "background-color": colour("--strong-other"), "border-width": 0, "min-zoomed-font-size": 6 } },
    ...KNOWN.map((type) => ({ selector: `node.${type}`, style: { "background-color": colour(`--strong-${type}`) } })),
    { selector: "node.disease", style: { shape: "ellipse" } }, { selector: "node.chemical", style: { shape: "diamond" } },
    { selector: "node.gene", style: { shape: "round-rectangle" } }, { selector: "node.species", style: { shape: "triangle" } },
    { selector: "node.cell_line", style: { shape: "hexagon" } }, { selector: "node.cell_type", style: { shape: "pentagon" } },
    { selector: "node.seed", style: { "border-width": 3, "border-color": colour("--ink"), "font-weight": "bold", "font-size": 17 } },
    { selector: "edge", style: { width: "data(width)", "line-color": colour("--soft"), opacity: 0.55, "curve-style": "bezier" } },
    { selector: "edge.relation", style: { "line-color": colour("--link") } },
    { selector: "edge.directed", style: { "target-arrow-shape": "triangle", "target-arrow-color": colour("--link"), "arrow-scale": 0.9 } },
    { selector: "edge.cooccurrence", style: { "line-style": "dashed", "line-dash-pattern": [5, 4], opacity: 0.4 } },
    { selector: ".faded", style: { opacity: 0.12 } },
    { selector: ":selected", style: { "overlay-color": colour("--link"), "overlay-opacity": 0.25, opacity: 1 } },
  ];
  const elements = (graph) => {
    const most = Math.max(...graph.nodes.map((node) => node.documents), 1);
    const heaviest = Math.max(...graph.edges.map((edge) => edge.weight), 1);
    return [
      ...graph.nodes.map((node, place) => ({
        group: "nodes", classes: `${KNOWN.includes(node.type) ? node.type : "other"}${node.is_seed ? " seed" : place > MOST_NAMES ? " minor" : ""}`,
        data: { ...node, label: node.name, size: 18 + 26 * Math.sqrt(node.documents / most) } })),
      ...graph.edges.map((edge) => ({
        group: "edges", classes: edge.is_directed ? `${edge.kind} directed` : edge.kind,
        data: { ...edge, source: edge.a, target: edge.b, width: 1 + 3 * Math.sqrt(Math.max(edge.weight, 0) / heaviest) } })),
    ];
  };
  const make = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const counted = (number) => `${number.toLocaleString("en")} ${number === 1 ? "document" : "documents"}`;
  const nodeOf = (id) => cy.getElementById(id).data("name");
  const showNode = (node) => {
    const data = node.data();
    const type = make("span", data.type.replaceAll("_", " "), { class: `type ${KNOWN.includes(data.type) ? data.type : "other"}` });
    const more = make("button", "Show its neighbours", { type: "button" });
    more.addEventListener("click", () => expand(data.id));
    panel.replaceChildren(type, make("h2", data.name), make("p", counted(data.documents)),
      make("a", "Open its page", { class: "button", href: `/entity?id=${encodeURIComponent(data.id)}` }), more);
  };
  const evidenceOf = (data) => data.kind === "relation" ? `/evidence?edge=${encodeURIComponent(data.id)}`
    : `/pair?a=${encodeURIComponent(data.a)}&b=${encodeURIComponent(data.b)}`;
  const showEdge = async (edge) => {
    const data = edge.data();
    const address = evidenceOf(data);
    const sure = data.probability === null ? "" : `, probability ${data.probability >= 0.995 ? ">0.99" : data.probability.toFixed(2)}`;
    const facts = make("p", `${counted(data.documents)}${sure}`);
    const list = make("ul", "", { class: "sentences" });
    panel.replaceChildren(make("h2", `${nodeOf(data.a)} ${data.phrase} ${nodeOf(data.b)}`), facts, list, make("a", "All sentences", { class: "button", href: address }));
    const answer = await fetch(address.replace("?", ".json?") + (data.kind === "relation" ? "&limit=3" : ""));
    if (!answer.ok || !edge.selected()) return;
    for (const sentence of (await answer.json()).sentences.slice(0, 3)) {
      const item = make("li", "", { class: "sentence" });
      const source = make("p", "", { class: "source" });
      source.append(make("a", sentence.document, { href: `/document?id=${encodeURIComponent(sentence.document)}` }), make("span", [sentence.year, sentence.journal].filter(Boolean).join(" · ")));
      item.append(make("p", sentence.text), source);
      list.append(item);
    }
  };
  const remember = () => {
    const page = new URL(state);
    page.pathname = "/graph";
    history.replaceState(null, "", page);
    for (const ending of ["csv", "json"]) root.querySelector(`[data-do=${ending}]`).href = `/graph.${ending}${state.search}`;
  };
  // Names keep their size on the screen; where there is no room, those of weaker neighbours show when one comes nearer.
  const scale = () => {
    const zoom = cy.zoom();
    const size = Math.min(Math.max(11 / zoom, 11), 36);
    cy.batch(() => {
      cy.nodes().style({ "font-size": size, "text-max-width": 9 * size, "text-margin-y": 0.3 * size });
      cy.nodes(".seed").style("font-size", 1.2 * size);
      cy.nodes(".minor").style("text-opacity", zoom < 0.5 ? 0 : 1);
    });
  };
  const whole = () => {
    cy.fit(undefined, 30);
    if (cy.zoom() > 1.5) { cy.zoom(1.5); cy.center(); }
    scale();
  };
  const lay = (fit) => cy.layout({ name: "cose", animate: false, fit: false, padding: 30, randomize: fit, nodeRepulsion: 900000, idealEdgeLength: 110, edgeElasticity: 60, gravity: 0.6, nodeOverlap: 30, nodeDimensionsIncludeLabels: true, componentSpacing: 80, numIter: Math.round(Math.min(1000, 45000 / cy.nodes().length)) }).run();
  const expand = async (id) => {
    const wanted = new URL(state);
    if (!wanted.searchParams.getAll("id").includes(id)) wanted.searchParams.append("id", id);
    wanted.searchParams.set("nodes", String(Math.min(MOST_NODES, cy.nodes().length + 15)));
    const answer = await fetch(wanted);
    if (!answer.ok) { panel.append(make("p", (await answer.json()).detail)); return; }
    const graph = await answer.json();
    const places = new Map(cy.nodes().map((node) => [node.id(), { ...node.position() }]));
    const near = { ...cy.getElementById(id).position() };
    state = wanted;
    cy.elements().remove();
    cy.add(elements(graph).map((element, number) => element.group === "edges" ? element
      : { ...element, position: places.get(element.data.id) || { x: near.x + 60 * Math.cos(number), y: near.y + 60 * Math.sin(number) } }));
    lay(false);
    whole();
    remember();
    cy.getElementById(id).select();
  };
  const start = async () => {
    const answer = await fetch(state);
    if (!answer.ok) return;
    root.hidden = false;
    document.getElementById("edges").open = false;
    cy = window.cytoscape({ container: canvas, elements: elements(await answer.json()), style: style(), minZoom: 0.2, maxZoom: 3, boxSelectionEnabled: false });
    lay(true);
    whole();
    cy.on("select", "node", (event) => {
      const near = event.target.closedNeighborhood();
      cy.elements().addClass("faded");
      near.removeClass("faded");
      showNode(event.target);
    });
    cy.on("select", "edge", (event) => showEdge(event.target));
    cy.on("unselect", () => cy.elements().removeClass("faded"));
    cy.on("zoom", scale);
    cy.on("dbltap", "node", (event) => expand(event.target.id()));
    dark.addEventListener("change", () => cy.style(style()));
    root.querySelector("[data-do=fit]").addEventListener("click", whole);
    root.querySelector("[data-do=png]").addEventListener("click", () => {
      const link = make("a", "", { download: "bioweft-graph.png", href: URL.createObjectURL(cy.png({ output: "blob", full: true, scale: 2, bg: colour("--card") })) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    window.bioweftGraph = cy;
  };
  start();
})();
