// Many reviews: judged a part at a time, well within the API's rate; a table, a plot, downloads.

import { CANCELLED, Trouble, answersTo } from "./asking.js";
import { asCsv, download, reviewsIn, reviewsOf } from "./files.js";
import { rowsOf } from "./sheet.js";
import { clearError, countDown, showTrouble } from "./single.js";
import { element, made } from "./telling.js";

const MOST = 10_000;
const PART = { reviews: 100, characters: 100_000 };
const ROUNDS = 3; // in which a review is asked about again that there was no time for
const SLOW = 5_000; // characters
const PAGE = 50; // rows of the table
const DOUBTFUL = 0.75;
const BARS = 10;

const form = element("many-form");
const field = element("many-text");
const error = element("many-error");
const status = element("many-status");
const progress = element("many-progress");

let question = null;
let items = []; // {number, text} and, once answered, sentiment, probability, confidence or problem
let order = { by: "number", isDescending: false };
let shownRows = PAGE;

async function judgeAll(reviews, from) {
  if (question) return;
  clearError(error, field);
  question = new AbortController();
  showBusy(true);
  try {
    if (!reviews.length) throw new Trouble("There is no review in it. Write one a line, or drop a file.", { reviewIsWrong: true });
    const left = reviews.length > MOST ? ` The first ${count(MOST)} of ${count(reviews.length)} are taken.` : "";
    items = reviews.slice(0, MOST).map((text, index) => ({ number: index + 1, text }));
    order = { by: "number", isDescending: false };
    element("filter").value = "all";
    shownRows = PAGE;
    element("many-answer").hidden = false;
    show();
    for (let round = 0; round < ROUNDS; round++) {
      for (const part of parts(items.filter(isOpen))) {
        await judgePart(part, question.signal);
        show();
        status.textContent = `${count(items.filter((one) => !isOpen(one)).length)} of ${count(items.length)} judged.${left}`;
      }
    }
    status.textContent = `Done: ${totals()}${from}.${left}`;
    element("many-title").focus();
  } catch (trouble) {
    status.textContent = "";
    if (trouble === CANCELLED) status.textContent = `Stopped. ${totals()}.`;
    else showTrouble(error, trouble, [field], true);
  } finally {
    question = null;
    showBusy(false);
  }
}

/** Not answered yet, or not for a reason that lies in the review. */
function isOpen({ sentiment, problem }) {
  return !sentiment && (!problem || problem.status === 429 || problem.status === 503);
}

function* parts(open) {
  let part = [];
  let characters = 0;
  for (const item of open) {
    if (part.length && (part.length === PART.reviews || characters + item.text.length > PART.characters)) {
      yield part;
      [part, characters] = [[], 0];
    }
    part.push(item);
    characters += item.text.length;
  }
  if (part.length) yield part;
}

/** Ask about some; where they are too much at once, about each half. */
async function judgePart(part, signal) {
  try {
    const texts = part.map(({ text }) => text);
    const { run, results } = await answersTo(texts, signal, (trouble) => countDown(status, trouble, signal));
    results.forEach((result, index) => {
      const { sentiment, probability, confidence, unsure_because: because, problem } = result;
      Object.assign(part[index], { run, sentiment, probability, confidence, because, problem });
    });
  } catch (trouble) {
    if (!(trouble instanceof Trouble) || trouble.status !== 413) throw trouble;
    if (part.length === 1) {
      part[0].problem = { code: "too-long", status: 413, detail: trouble.message };
      return;
    }
    const half = Math.ceil(part.length / 2);
    await judgePart(part.slice(0, half), signal);
    await judgePart(part.slice(half), signal);
  }
}

// --- What is shown ---

const count = (number) => number.toLocaleString("en");

function totals() {
  const of = (sentiment) => count(items.filter((one) => one.sentiment === sentiment).length);
  const without = items.filter((one) => !one.sentiment).length;
  const rest = without ? `, ${count(without)} not answered` : "";
  return `${of("positive")} positive, ${of("negative")} negative, ${of("unsure")} unsure${rest}`;
}

function show() {
  progress.value = items.length ? items.filter((one) => !isOpen(one)).length / items.length : 0;
  element("totals").textContent = `${count(items.length)} reviews: ${totals()}.`;
  element("plot").replaceChildren(plot());
  showRows();
}

/** How many reviews got which probability of positive: ten bars. */
function plot() {
  const bars = Array(BARS).fill(0);
  for (const { probability } of items) {
    if (probability !== undefined) bars[Math.min(BARS - 1, Math.floor(probability * BARS))]++;
  }
  const most = Math.max(...bars, 1);
  const told = bars.map((bar, n) => `${bar} from ${n * 10} to ${n * 10 + 10}%`).join(", ");
  const drawing = svg("svg", { viewBox: "0 0 200 60", role: "img", "aria-label": `Probability of positive: ${told}` });
  bars.forEach((bar, n) => {
    const height = (bar / most) * 44;
    const side = n < BARS / 2 ? "bar against" : "bar for";
    drawing.append(svg("rect", { class: side, x: n * 20 + 1, y: 46 - height, width: 18, height }));
  });
  drawing.append(svg("path", { class: "axis", d: "M0 46 H200" }));
  drawing.append(svg("text", { x: 0, y: 58 }, "surely negative"), svg("text", { x: 200, y: 58, "text-anchor": "end" }, "surely positive"));
  return drawing;
}

/** An SVG element with its attributes. */
export function svg(name, attributes, ...children) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) one.setAttribute(attribute, value);
  one.append(...children);
  return one;
}

const FILTERS = {
  all: () => true,
  positive: (one) => one.sentiment === "positive",
  negative: (one) => one.sentiment === "negative",
  doubt: (one) => one.sentiment === "unsure" || one.confidence < DOUBTFUL,
  problem: (one) => !one.sentiment,
};

function chosen() {
  const { by, isDescending } = order;
  const found = items.filter(FILTERS[element("filter").value]);
  const value = (one) => one[by] ?? (by === "confidence" ? -1 : "");
  found.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    const difference = typeof a === "number" ? a - b : a.localeCompare(b, "en");
    return (isDescending ? -difference : difference) || one.number - other.number;
  });
  return found;
}

function showRows() {
  const found = chosen();
  element("rows").replaceChildren(...found.slice(0, shownRows).map(rowOf));
  element("more").hidden = found.length <= shownRows;
  for (const button of form.parentElement.querySelectorAll("[data-by]")) {
    const isIt = button.dataset.by === order.by;
    button.closest("th").setAttribute("aria-sort", isIt ? (order.isDescending ? "descending" : "ascending") : "none");
  }
}

function rowOf({ number, text, sentiment, confidence, because, problem }) {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const told = problem ? made("td", "problem", problem.detail) : made("td", sentiment ?? "", sentiment ?? "");
  if (because) told.append(made("small", "", ` ${because}`));
  const sure = confidence === undefined || because ? "" : `${Math.round(confidence * 100)}%`;
  const read = made("td", "", short);
  read.dir = "auto";
  return made("tr", "", made("td", "", count(number)), read, told, made("td", "", sure));
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  for (const id of ["many-submit", "many-file"]) element(id).setAttribute("aria-disabled", busy);
  const cancel = element("many-cancel");
  if (!busy && document.activeElement === cancel) field.focus();
  cancel.hidden = progress.hidden = !busy;
}

// --- Downloads and files ---

function rowsToTell() {
  return items.map(({ number, text, sentiment, probability, confidence, because, problem, run }) => ({
    number,
    review: text,
    sentiment: sentiment ?? null,
    probability: probability ?? null,
    confidence: confidence ?? null,
    unsure_because: because ?? null,
    problem: problem?.detail ?? null,
    run: run ?? null,
  }));
}

async function read(file) {
  if (!file || question) return;
  const isSheet = /\.xlsx$/i.test(file.name);
  try {
    const content = await file.arrayBuffer();
    const text = () => new TextDecoder("utf-8", { fatal: true }).decode(content);
    const { reviews, column } = isSheet ? reviewsOf(await rowsOf(content)) : reviewsIn(text(), file.name);
    judgeAll(reviews, column === null ? ", one a line" : `, from the column ${column}`);
  } catch {
    const is = isSheet ? "can't be read as a sheet" : "is no text in UTF-8";
    const sentence = `${file.name} ${is}. Save it as CSV in UTF-8 and choose it again.`;
    showTrouble(error, new Trouble(sentence, { reviewIsWrong: true }), [field], false);
  }
}

export function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { reviews, column } = reviewsIn(field.value);
    judgeAll(reviews, column === null ? "" : `, from the column ${column}`);
  });
  field.addEventListener("input", () => clearError(error, field));
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (text.length < SLOW) return;
    event.preventDefault(); // Chromium takes a second for every thousand lines
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    clearError(error, field);
  });
  element("many-file").addEventListener("change", (event) => {
    read(event.target.files[0]);
    event.target.value = "";
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
  const cancel = () => question?.abort();
  element("many-cancel").addEventListener("click", cancel);
  document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  element("filter").addEventListener("change", () => {
    shownRows = PAGE;
    showRows();
  });
  element("more").addEventListener("click", () => {
    shownRows += PAGE;
    showRows();
  });
  for (const button of element("many-answer").querySelectorAll("[data-by]")) {
    button.addEventListener("click", () => {
      const { by } = button.dataset;
      order = { by, isDescending: order.by === by && !order.isDescending };
      showRows();
    });
  }
  element("as-csv").addEventListener("click", () => {
    const rows = rowsToTell();
    const header = Object.keys(rows[0]);
    download("verdicts.csv", "text/csv", asCsv([header, ...rows.map((row) => header.map((name) => row[name]))]));
  });
  element("as-json").addEventListener("click", () => {
    download("verdicts.json", "application/json", JSON.stringify(rowsToTell(), null, 1));
  });
}
