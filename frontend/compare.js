// Two versions of a review side by side, and what changed in the verdict.

import { CANCELLED, Trouble, answersTo } from "./asking.js";
import { clearError, countDown, showTrouble } from "./single.js";
import { element, explainMarks, isNoticeable, made, markedText, signed, sureOf, termAndList, toldOf, verdictOf } from "./telling.js";

const form = element("compare-form");
const fields = [element("before"), element("after")];
const error = element("compare-error");
const status = element("compare-status");

let question = null;

async function compare() {
  if (question) return;
  clear();
  question = new AbortController();
  showBusy(true);
  try {
    const texts = fields.map((field) => field.value);
    const empty = fields.filter((field) => !field.value.trim());
    if (empty.length) {
      showTrouble(error, new Trouble("Write two versions first.", { reviewIsWrong: true }), empty, true);
      return;
    }
    status.textContent = "Reading …";
    const { signal } = question;
    const { results } = await answersTo(texts, signal, (trouble) => countDown(status, trouble, signal));
    const refused = results.find((result) => result.problem);
    if (refused) throw new Trouble(refused.problem.detail, { reviewIsWrong: true });
    show(results);
  } catch (trouble) {
    status.textContent = trouble === CANCELLED ? "Cancelled." : "";
    if (trouble !== CANCELLED) showTrouble(error, trouble, fields, true);
  } finally {
    question = null;
    showBusy(false);
  }
}

function show(results) {
  const [before, after] = results;
  const told = changeOf(before, after);
  element("change").textContent = told;
  element("versions").replaceChildren(...results.map(versionOf));
  element("changed").replaceChildren(
    ...termAndList("Only in the first", "", only(before, after)),
    ...termAndList("Only in the second", "", only(after, before)),
  );
  element("compare-answer").hidden = false;
  status.textContent = told;
  if (document.activeElement === element("compare-cancel")) element("change").focus();
}

function changeOf(before, after) {
  const by = Math.round((after.probability - before.probability) * 100);
  const moved = by === 0 ? "as likely positive as before" : `${Math.abs(by)} points ${by > 0 ? "more" : "less"} likely positive`;
  if (before.sentiment === after.sentiment) return `Still ${after.sentiment}: ${moved}`;
  return `From ${before.sentiment} to ${after.sentiment}: ${moved}`;
}

function versionOf(result) {
  const verdict = made("h3", "", `${verdictOf(result)}${result.unsure_because ? "" : `, ${sureOf(result).toLowerCase()}`}`);
  const read = made("blockquote", "", markedText(result));
  const meaning = made("p", "meaning");
  read.dir = "auto";
  explainMarks(read, meaning);
  const box = made("div", "answer", verdict, read, meaning);
  if (result.unsure_because) verdict.after(made("p", "reason", result.unsure_because));
  box.dataset.sentiment = result.sentiment;
  box.title = toldOf(result);
  return box;
}

/** Words that stand in one version more often than in the other, with what they add. */
function only(here, there) {
  const left = new Map();
  for (const [word] of wordsOf(there)) left.set(word, (left.get(word) ?? 0) + 1);
  const found = [];
  for (const [word, contribution] of wordsOf(here)) {
    if (left.get(word)) left.set(word, left.get(word) - 1);
    else if (isNoticeable(contribution)) found.push({ size: Math.abs(contribution), told: `${word} (${signed(contribution)})` });
  }
  return found.sort((one, other) => other.size - one.size);
}

function wordsOf({ text, words }) {
  const characters = Array.from(text);
  return words.map(({ start, end, contribution }) => [characters.slice(start, end).join("").toLowerCase(), contribution]);
}

function clear() {
  element("compare-answer").hidden = true;
  status.textContent = "";
  clearError(error, ...fields);
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  element("compare-submit").setAttribute("aria-disabled", busy);
  const cancel = element("compare-cancel");
  if (!busy && document.activeElement === cancel) element("before").focus();
  cancel.hidden = !busy;
}

/** Take a review over, to write another version of it. */
export function compareWith(text) {
  if (!element("before").value) element("before").value = text;
}

export function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    compare();
  });
  const cancel = () => question?.abort();
  element("compare-cancel").addEventListener("click", cancel);
  document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  for (const field of fields) {
    field.addEventListener("input", () => {
      cancel();
      clear();
    });
  }
}
