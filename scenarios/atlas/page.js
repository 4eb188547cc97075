"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(name).trim();
  const lang = () => document.querySelector("input[name=lang]:checked").value;
  const words = () => data.words[lang()];
  const number = (value) => new Intl.NumberFormat(lang()).format(value);

  // Encoded polylines: differences of 1e-5 degrees, five bits a letter.
  const decode = (text) => {
    const points = [];
    let i = 0, lat = 0, lon = 0;
    const next = () => {
      let value = 0, shift = 0, part;
      do {
        part = text.charCodeAt(i++) - 63;
        value |= (part & 31) << shift;
        shift += 5;
      } while (part >= 32);
      return value & 1 ? ~(value >> 1) : value >> 1;
    };
    while (i < text.length) {
      lat += next();
      lon += next();
      points.push([lat / 1e5, lon / 1e5]);
    }
    return points;
  };

  // Nothing from the data becomes markup: every text is set as text.
  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const box = (title, ...rows) => {
    const made = element("div");
    made.append(element("b", title));
    rows.filter(Boolean).forEach((row) => {
      const line = row instanceof Node ? row : element("div", row);
      line.classList.add("row");
      made.append(line);
    });
    return made;
  };
  const pill = (line) => {
    const made = element("span", line.name, "pill");
    made.style.background = line.color;
    made.style.color = line.ink;
    made.title = line.long;
    return made;
  };

  const map = L.map("map", { preferCanvas: true, zoomSnap: 0.5, attributionControl: false });
  map.fitBounds(data.bounds, { padding: [12, 12] });
  if (map.getZoom() > 16) map.setZoom(16);
  L.control.scale({ imperial: false }).addTo(map);
  if (data.streets) {
    L.control.attribution({ prefix: false })
      .addAttribution("© OpenStreetMap contributors").addTo(map);
  }
  const panes = ["zones", "streets", "lines", "stations", "findings"];
  const renderers = {};
  panes.forEach((name, i) => {
    map.createPane(name).style.zIndex = 400 + 10 * i;
    renderers[name] = L.canvas({ pane: name, padding: 0.3, tolerance: 4 });
  });
  const layers = {};

  if (data.zones.length) {
    const group = (layers.zones = L.layerGroup());
    const most = Math.max(...data.zones.map((z) => z.population || z.jobs || 0), 1);
    data.zones.forEach((zone) => {
      const size = Math.sqrt((zone.population || zone.jobs || 0) / most);
      const look = {
        renderer: renderers.zones, pane: "zones", color: ink("--plan"), weight: 0.7,
        opacity: 0.55, fillColor: ink("--plan"), fillOpacity: 0.04 + 0.22 * size,
      };
      const shape = zone.rings
        ? L.polygon(zone.rings.map((part) => part.map(decode)), look)
        : L.circleMarker(zone.at, { ...look, radius: 3 + 12 * size });
      shape.bindPopup(() => {
        const w = words();
        const known = (value) => (value === null ? w.unknown : number(Math.round(value)));
        return box(zone.name, w[`level_${zone.level}`] || zone.level,
          `${w.population} : ${known(zone.population)}`, `${w.jobs} : ${known(zone.jobs)}`);
      });
      group.addLayer(shape);
    });
  }

  if (data.streets) {
    layers.streets = L.layerGroup();
    const looks = [[1.8, 0.75, 0], [1.1, 0.6, 11.5], [0.7, 0.55, 13.5]];
    data.streets.levels.forEach((paths, level) => {
      const [weight, opacity, zoom] = looks[level];
      const lines = L.polyline(paths.map(decode), {
        renderer: renderers.streets, pane: "streets", color: ink("--before"),
        weight, opacity, interactive: false, smoothFactor: 1.5,
      });
      const show = () => {
        if (map.getZoom() >= zoom) layers.streets.addLayer(lines);
        else layers.streets.removeLayer(lines);
      };
      map.on("zoomend", show);
      show();
    });
  }

  if (data.lines.length) {
    layers.lines = L.layerGroup();
    data.lines.forEach((line) => {
      const weight = Math.min(7, 1.2 + 0.9 * Math.sqrt(line.peak));
      L.polyline(line.paths.map(decode), {
        renderer: renderers.lines, pane: "lines", color: line.color, weight, opacity: 0.85,
      }).bindPopup(() => {
        const w = words();
        const head = element("div");
        head.append(pill(line), element("span", ` ${line.long}`));
        return box(w[`mode_${line.mode}`], head, line.agency,
          `${number(line.trips)} ${w.trips_a_day}`, `${number(line.peak)} ${w.trips_an_hour}`);
      }).addTo(layers.lines);
    });
  }

  const markers = new Map();
  if (data.stations) {
    const group = (layers.stations = L.layerGroup());
    const places = decode(data.stations.at[0]);
    const most = Math.max(...data.stations.departures, 1);
    places.forEach((at, i) => {
      const busy = Math.sqrt(data.stations.departures[i] / most);
      const marker = L.circleMarker(at, {
        renderer: renderers.stations, pane: "stations", radius: 1.6 + 3.6 * busy,
        weight: 1, color: ink("--ink"), fillColor: ink("--paper"), fillOpacity: 1,
      });
      marker.size = 1.6 + 3.6 * busy;
      marker.bindPopup(() => {
        const w = words();
        const lines = element("div");
        data.stations.lines[i].forEach((line) => lines.append(pill(data.lines[line])));
        return box(data.stations.name[i], lines,
          `${number(data.stations.departures[i])} ${w.departures_a_day}`,
          data.stations.stops[i] > 1 ? `${number(data.stations.stops[i])} ${w.stops}` : "");
      });
      group.addLayer(marker);
      const name = data.stations.name[i];
      if (!markers.has(name)) markers.set(name, []);
      markers.get(name).push(marker);
    });
    const resize = () => {
      const zoom = map.getZoom();
      const factor = Math.min(2.2, Math.max(0.45, (zoom - 9.5) / 3.2));
      group.eachLayer((marker) => {
        marker.options.weight = factor < 0.7 ? 0.4 : 1;
        marker.setRadius(marker.size * factor);
      });
    };
    map.on("zoomend", resize);
    resize();
    const list = document.getElementById("names");
    [...markers.keys()].sort().slice(0, 4000).forEach((name) => {
      const option = document.createElement("option");
      option.value = name;
      list.append(option);
    });
  }

  if (data.findings.length) {
    const group = (layers.findings = L.layerGroup());
    const colors = { error: ink("--q3"), warning: ink("--estimated") };
    [...data.findings].reverse().forEach((finding) => {
      if (finding.severity === "note") return;
      decode(finding.at).forEach((at) => {
        L.circleMarker(at, {
          renderer: renderers.findings, pane: "findings", radius: 5, weight: 1.5,
          color: ink("--paper"), fillColor: colors[finding.severity], fillOpacity: 0.95,
        }).bindPopup(() => box(words().finding_titles[finding.row])).addTo(group);
      });
    });
    if (!group.getLayers().length) delete layers.findings;
  }

  const signs = { zones: "box", streets: "", lines: "", stations: "dot", findings: "mark" };
  const shown = {};
  const panel = () => {
    const host = document.getElementById("layers");
    const open = host.querySelector("details") ? host.querySelector("details").open
      : window.innerWidth > 760;
    const details = element("details");
    details.open = open;
    details.append(element("summary", words().layers));
    panes.filter((name) => layers[name]).reverse().forEach((name) => {
      const label = element("label");
      const tick = element("input");
      tick.type = "checkbox";
      tick.checked = shown[name] !== false;
      tick.addEventListener("change", () => {
        shown[name] = tick.checked;
        if (tick.checked) map.addLayer(layers[name]);
        else map.removeLayer(layers[name]);
      });
      label.append(tick, element("i", "", signs[name]), element("span", words()[name]));
      details.append(label);
      const key = words()[`${name}_key`];
      if (key) details.append(element("div", key, "key"));
    });
    host.replaceChildren(details);
    const search = document.getElementById("wanted");
    search.placeholder = words().search;
    search.setAttribute("aria-label", words().search);
    document.documentElement.lang = lang();
    map.closePopup();
  };
  panes.forEach((name) => layers[name] && map.addLayer(layers[name]));
  panel();
  document.querySelectorAll("input[name=lang]").forEach((r) => r.addEventListener("change", panel));

  const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
  document.getElementById("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = plain(document.getElementById("wanted").value.trim());
    if (!wanted) return;
    const names = [...markers.keys()];
    const found = names.find((n) => plain(n) === wanted)
      || names.find((n) => plain(n).startsWith(wanted)) || names.find((n) => plain(n).includes(wanted));
    if (!found) return;
    const [marker] = markers.get(found);
    map.setView(marker.getLatLng(), Math.max(map.getZoom(), 15));
    marker.openPopup();
  });
  document.getElementById("wanted").addEventListener("change", () =>
    document.getElementById("find").requestSubmit());
})();
