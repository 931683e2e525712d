// An answer, and the model behind it, in words for people: only ever as text, never as markup.

const NOTICEABLE = 0.05; // a word that adds less than this to the log-odds is not marked
const STRENGTHS = [0.15, 0.4, 0.75]; // shares of the strongest word from which a mark gets heavier
const TOP_WORDS = 5;
const PAUSES = /^[.,:;…。]+$/; // marked where they stand, but no words to name

const element = (id) => document.getElementById(id);

/** Tell a result in the answer section; returns the sentence that a screen reader is to hear. */
export function fillAnswer(answer, result) {
  const { sentiment, confidence, unsure_because: because } = result;
  const verdict = sentiment[0].toUpperCase() + sentiment.slice(1);
  const sure = confidence > 0.995 ? "Over 99% sure" : `${Math.round(confidence * 100)}% sure`;
  answer.dataset.sentiment = sentiment;
  element("verdict").textContent = verdict;
  element("meter").value = confidence;
  element("sure").textContent = sure;
  element("confidence").hidden = because !== null;
  element("reason").hidden = because === null;
  element("reason").textContent = because ?? "";
  showReading(result);
  return `${verdict}. ${because ?? `${sure}.`}`;
}

function showReading({ text, words, notes }) {
  const characters = Array.from(text); // the API counts code points, JavaScript halves of some
  const piece = (from, to) => characters.slice(from, to).join("");
  const strongest = words.reduce((most, word) => Math.max(most, Math.abs(word.contribution)), 0);
  const read = document.createDocumentFragment();
  const told = new Map(); // a word that was marked → what it added in all
  let position = 0;
  for (const word of words) {
    const strength = strengthOf(word.contribution, strongest);
    if (!strength) continue;
    const surface = piece(word.start, word.end);
    read.append(piece(position, word.start), markOf(surface, word.contribution, strength));
    position = word.end;
    if (PAUSES.test(surface)) continue;
    told.set(surface.toLowerCase(), (told.get(surface.toLowerCase()) ?? 0) + word.contribution);
  }
  read.append(piece(position));
  element("read").replaceChildren(read);
  element("notes").hidden = notes.length === 0;
  element("notes").textContent = notes.join(" ");
  showTopWords(told);
}

function strengthOf(contribution, strongest) {
  const size = Math.abs(contribution);
  return size < NOTICEABLE ? 0 : STRENGTHS.filter((share) => size >= share * strongest).length;
}

function markOf(surface, contribution, strength) {
  const mark = document.createElement("mark");
  mark.textContent = surface;
  mark.className = `${contribution > 0 ? "for" : "against"} strength-${strength}`;
  mark.title = `${contribution > 0 ? "positive" : "negative"}, ${signed(contribution)}`;
  return mark;
}

function showTopWords(told) {
  const sorted = [...told].sort(([, one], [, other]) => other - one);
  element("words").replaceChildren(
    ...termAndList("Positive words", "for", sorted.filter(([, sum]) => sum > 0)),
    ...termAndList("Negative words", "against", sorted.filter(([, sum]) => sum < 0).reverse()),
  );
}

function termAndList(name, side, words) {
  if (!words.length) return [];
  const term = document.createElement("dt");
  const list = document.createElement("dd");
  term.textContent = name;
  term.className = side;
  const told = words.slice(0, TOP_WORDS).map(([word, sum]) => `${word} (${signed(sum)})`);
  list.textContent = told.join(", ");
  return [term, list];
}

function signed(number) {
  return `${number > 0 ? "+" : "−"}${Math.abs(number).toFixed(1)}`;
}

/** A sentence or three about the live model, out of what is known of it. */
export function described({ run, dataset, rows, accuracy, ...model }) {
  const percent = (share) => `${(share * 100).toFixed(1)}%`;
  const { baseline_accuracy: baseline, trained_at: trainedAt } = model;
  const trained = [
    Number.isNaN(Date.parse(trainedAt)) ? "" : ` on ${dayOf(trainedAt)}`,
    dataset === null ? "" : ` from ${dataset}`,
    rows === null ? "" : ` (${rows.toLocaleString("en")} reviews)`,
  ].join("");
  const compared = baseline === null ? "" : `; counting words alone gets ${percent(baseline)}`;
  return [
    `The live model is ${run}.`,
    trained && `It was trained${trained}.`,
    accuracy === null ? "" : `It gets ${percent(accuracy)} of unseen reviews right${compared}.`,
  ].filter(Boolean).join(" ");
}

function dayOf(time) {
  return new Date(time).toLocaleDateString("en-GB", { dateStyle: "long" });
}
