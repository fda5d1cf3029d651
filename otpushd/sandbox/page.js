"use strict";
// Shows what /_sandbox/stream tells. The document's layout is the operator's, so names are looked for, never relied on.
// Everything that came from outside is set as text; nothing is ever parsed as HTML.

const CARDS = 40, PHONES = 48, ROWS = 200, NODES = 600, HUES = [222, 262, 190, 316, 168, 284, 340, 206];
const NAMES = {
  title: ["title", "headline", "heading", "subject", "header"],
  body: ["body", "message", "text", "content", "alert", "summary", "description", "msg"],
  link: ["link", "url", "deeplink", "clickaction", "actionurl", "href", "uri"],
  priority: ["priority", "importance", "urgency", "interruptionlevel"],
  app: ["app", "appname", "application", "applicationname", "targetappname", "packagename", "appid", "applicationid"],
  to: ["recipient", "recipients", "to", "user", "users", "userid", "userids", "username", "address", "addresses", "email",
    "emails", "phone", "destination", "destinations", "audience", "target", "targets", "clientid", "clientids", "token",
    "tokens", "devicetoken", "registrationids", "topic"],
  address: ["address", "email", "userid", "user", "username", "token", "phone", "push", "id", "name"],
  person: ["name", "displayname", "fullname"],
};
const URGENCY = {critical: "critical", urgent: "critical", emergency: "critical", max: "critical", high: "high",
  important: "high", timesensitive: "high", low: "low", min: "low", passive: "low", silent: "low"};

const $ = (id) => document.getElementById(id);
const plain = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const isObject = (value) => value !== null && typeof value === "object";

// ---- reading a document

/** The first member, nearest to the top, whose name is one of `names` and of which `take` makes something. */
function find(root, names, take) {
  const near = [root], far = [];
  for (let seen = 0; seen < NODES && (near.length || far.length); seen++) {
    const node = near.length ? near.shift() : far.shift();
    if (!Array.isArray(node)) {
      const members = new Map(Object.entries(node).map(([name, value]) => [plain(name), value]));
      for (const name of names) {
        const found = members.has(name) ? take(members.get(name)) : null;
        if (found !== null) return found;
      }
    }
    for (const [name, value] of Object.entries(node)) {
      // The event rides along for machines; its own fields must not pass for the message's.
      if (isObject(value)) (name === "event" ? far : near).push(value);
    }
  }
  return null;
}
const asText = (value) => typeof value === "string" && value.trim() ? value : null;
const asLabel = (value) => asText(value) ?? (isObject(value) && !Array.isArray(value) ? find(value, NAMES.person, asText) : null);
function asPeople(value) {
  if (typeof value === "string") {
    const parts = value.split(/[,;]/).map((part) => part.trim()).filter(Boolean);
    return parts.length ? parts.map((part) => ({address: part, name: ""})) : null;
  }
  if (Array.isArray(value)) {
    const people = value.flatMap((item) => asPeople(item) ?? []);
    return people.length ? people : null;
  }
  const address = isObject(value) ? find(value, NAMES.address, asText) : null;
  return address === null ? null : [{address, name: find(value, NAMES.person, asText) ?? ""}];
}
function readMessage(record) {
  const root = record.document ?? {};
  const urgency = find(root, NAMES.priority, asText);
  return {
    record,
    title: find(root, NAMES.title, asText), body: find(root, NAMES.body, asText), link: find(root, NAMES.link, asText),
    app: find(root, NAMES.app, asLabel) ?? "Push message", urgency: urgency && URGENCY[plain(urgency)] || "normal",
    people: find(root, NAMES.to, asPeople) ?? [{address: "", name: "Somebody"}],
  };
}

// ---- making elements

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
const clockOf = (time, seconds) => new Date(time).toLocaleTimeString([], {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds ? {second: "2-digit"} : {})});
const dayOf = (time) => new Date(time).toLocaleDateString("en", {weekday: "long", day: "numeric", month: "long"});
const timesOf = (count) => ({2: "second", 3: "third"})[count] ?? `${count}th`;

function makeLink(target) {
  let url = null;
  try { url = new URL(target); } catch { /* not an address: shown, but nothing to follow */ }
  const safe = url && (url.protocol === "https:" || url.protocol === "http:");
  const link = make(safe ? "a" : "span", "link", safe ? `↗ ${url.host}${url.pathname === "/" ? "" : url.pathname}${url.search}` : target);
  if (safe) { link.href = url.href; link.target = "_blank"; link.rel = "noopener noreferrer"; link.title = url.href; }
  return link;
}
function makeCard(message, isNew) {
  const {record, urgency} = message;
  const card = make("article", `card ${urgency}${record.times > 1 ? " again" : ""}${isNew ? " new" : ""}`);
  const top = make("div", "top");
  top.append(make("span", "icon", [...message.app][0].toUpperCase()), make("span", "app", message.app), make("time", "", clockOf(record.time, true)));
  card.append(top);
  const raw = JSON.stringify(record.document, null, 2);
  if (message.title) card.append(make("h3", "", message.title));
  if (message.body && message.body !== message.title) card.append(make("p", "body", message.body));
  if (!message.title && !message.body) card.append(make("pre", "raw", raw.length > 3000 ? `${raw.slice(0, 3000)}\n…` : raw));
  if (message.link) card.append(makeLink(message.link));
  const tags = make("div", "tags");
  if (urgency !== "normal") tags.append(make("span", `tag ${urgency}`, urgency[0].toUpperCase() + urgency.slice(1)));
  if (record.times > 1) tags.append(make("span", "tag repeat", `Repeat, ${timesOf(record.times)} time`));
  if (record.warnings.length) tags.append(make("span", "tag warning", "Warning"));
  card.append(tags);
  if (message.title || message.body) card.append(makeDetails(record, raw));
  return card;
}
function makeDetails(record, raw) {
  const details = make("details");
  details.append(make("summary", "", "Document"));
  details.addEventListener("toggle", () => {
    if (details.childElementCount === 1) details.append(make("pre", "", `${record.filename}\n\n${raw}`));
  });
  return details;
}
function makePhone(person) {
  const box = make("section", "person");
  const who = make("div", "who"), phone = make("div", "phone"), screen = make("div", "screen"), bar = make("div", "bar");
  const name = make("h2", "", person.name || person.address), count = make("span", "count", "0");
  const title = make("div", "label");
  title.append(name, make("p", "address", person.address ? (person.name ? person.address : "no name in the document") : "the document names nobody"));
  who.append(title, count);
  const small = make("span"), clock = make("div", "clock"), date = make("div", "date"), cards = make("div", "cards");
  bar.append(small, make("span", "power"));
  cards.tabIndex = 0;
  cards.setAttribute("aria-label", `Messages for ${person.name || person.address}`);
  const earlier = make("p", "earlier");
  earlier.hidden = true;
  cards.append(earlier);
  screen.append(bar, clock, date, cards);
  phone.append(screen);
  box.append(who, phone);
  screen.style.setProperty("--hue", String(HUES[phones.size % HUES.length]));
  $("phones").append(box);
  return {count, small, clock, date, cards, earlier, total: 0, fresh: []};
}
function makeRow(record) {
  const hit = record.fault && record.outcome !== "fault" ? " hit" : "";
  const row = make("li", `${record.outcome}${hit}${record.warnings.length ? " odd" : ""}`);
  row.append(make("span", "status", record.status === null ? "none" : String(record.status)));
  const title = record.document && readMessage(record).title;
  row.append(make("span", title ? "what" : "what bare", title ?? record.filename ?? `${record.method} ${record.path}`), make("time", "", clockOf(record.time, true)));
  const why = [record.fault && `Injected: ${record.fault}`, record.problem, ...record.warnings,
    record.outcome === "repeat" && "came before, not taken again",
    record.outcome === "token" && "token issued",
    record.outcome === "accepted" && record.times > 1 && `repeat, ${timesOf(record.times)} time`].filter(Boolean);
  if (why.length) row.append(make("span", "why", why.join(" · ")));
  if (title) {
    const people = readMessage(record).people.map((person) => person.name || person.address).join(", ");
    const file = make("span", "file", `${people} · ${record.filename}`);
    file.title = record.filename;
    row.append(file);
  }
  return row;
}

// ---- state, and bringing the page up to it

let run = null, cleared = null, last = 0, due = false;
let phones = new Map(), counts = {}, fresh = [], rows = 0, crowd = new Set();

function reset() {
  phones = new Map(); counts = {accepted: 0, repeat: 0, refused: 0, fault: 0}; fresh = []; rows = 0; crowd = new Set();
  $("phones").replaceChildren();
  $("log").replaceChildren();
  later();
}
function receive(record) {
  if (record.number <= last) return; // replayed after a reconnect that was not told where we stood
  last = record.number;
  fresh.push(record);
  later();
}
function later() {
  if (!due) { due = true; setTimeout(update, 30); }
}
function update() {
  due = false;
  const batch = fresh, isNew = batch.length <= 25;
  fresh = [];
  for (const record of batch) {
    if (record.outcome in counts) counts[record.outcome]++;
    if (record.outcome === "accepted" && record.times > 1) counts.repeat++;
    if (record.outcome === "accepted") sortOut(readMessage(record));
  }
  for (const phone of phones.values()) if (phone.fresh.length) fill(phone, isNew);
  $("log").prepend(...batch.slice(-ROWS).map(makeRow).reverse());
  rows += batch.length;
  while ($("log").childElementCount > ROWS) $("log").lastElementChild.remove();
  for (const [name, count] of Object.entries(counts)) $(`n-${name}`).textContent = count;
  note($("log-more"), rows > ROWS, `The newest ${ROWS} of ${rows}; all of them are in the log file.`);
  note($("crowd"), crowd.size > 0, `${PHONES} phones are shown. ${crowd.size} more people were sent something.`);
  $("empty").hidden = phones.size > 0;
  document.title = counts.accepted ? `(${counts.accepted}) otpushd sandbox` : "otpushd sandbox";
}
function sortOut(message) {
  for (const person of new Map(message.people.map((one) => [one.address, one])).values()) {
    if (!phones.has(person.address)) {
      if (phones.size >= PHONES) { crowd.add(person.address); continue; }
      phones.set(person.address, makePhone(person));
    }
    phones.get(person.address).fresh.push(message);
  }
}
function fill(phone, isNew) {
  phone.total += phone.fresh.length;
  const shown = phone.fresh.slice(-CARDS), newest = phone.fresh.at(-1).record.time;
  phone.fresh = [];
  phone.cards.prepend(...shown.map((message) => makeCard(message, isNew)).reverse());
  while (phone.cards.childElementCount > CARDS + 1) phone.cards.children[CARDS].remove();
  note(phone.earlier, phone.total > CARDS, `and ${phone.total - CARDS} earlier`);
  phone.count.textContent = phone.total;
  phone.small.textContent = phone.clock.textContent = clockOf(newest);
  phone.date.textContent = dayOf(newest);
  phone.cards.scrollTop = 0;
}
function note(element, shown, text) {
  element.hidden = !shown;
  element.textContent = shown ? text : "";
}

// ---- talking to the sandbox

function listen() {
  const stream = new EventSource("/_sandbox/stream");
  stream.onopen = () => { $("live").textContent = "Live"; $("live").className = "live on"; };
  stream.onerror = () => {
    $("live").textContent = "Reconnecting";
    $("live").className = "live";
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  stream.addEventListener("hello", (event) => {
    const hello = JSON.parse(event.data);
    if (hello.run !== run) last = 0;
    if (hello.run !== run || hello.cleared !== cleared) reset();
    ({run, cleared} = hello);
  });
  stream.addEventListener("cleared", (event) => { cleared = Number(event.data); reset(); });
  stream.addEventListener("received", (event) => receive(JSON.parse(event.data)));
  stream.addEventListener("faults", (event) => {
    const texts = JSON.parse(event.data);
    note($("coming"), texts.length > 0, `Still to go wrong: ${texts.join(", ")}`);
  });
}
const post = (body) => fetch("/_sandbox/faults", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
const forget = (what) => fetch(`/_sandbox/${what}`, {method: "DELETE"});

for (const button of document.querySelectorAll("[data-fault]")) {
  button.addEventListener("click", () => { $("menu").open = false; post({faults: [button.dataset.fault]}); });
}
$("mend").addEventListener("click", () => { $("menu").open = false; forget("faults"); });
$("clear").addEventListener("click", () => forget("received"));
$("only").addEventListener("change", () => $("log").classList.toggle("only", $("only").checked));
document.addEventListener("click", (event) => { if (!$("menu").contains(event.target)) $("menu").open = false; });
$("snippet").textContent = `channels:
  push:
    kind: opentext-push
    base_url: ${location.origin}
    auth: {basic: {user: sandbox, password: sandbox}}
    document: push-document.json.j2`;
const hello = btoa(JSON.stringify({to: "ann", title: "Hello", body: "It works."}));
$("curl").textContent = `curl -u sandbox:sandbox ${location.origin}/mra/v1/utils/parser \\
  -H 'Content-Type: application/json' \\
  -d '{"domain":"MR","filename":"hello.json","data":"${hello}"}'`;
reset();
listen();
