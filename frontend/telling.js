// A result in words and marks for people: only ever as text, never as markup.

const NOTICEABLE = 0.05; // a word that adds less than this to the log-odds is not marked
const STRENGTHS = [0.15, 0.4, 0.75]; // shares of the strongest word from which a mark gets heavier
const ADVERBS = ["hardly", "slightly", "clearly", "strongly"];
const TOP_WORDS = 5;
const PAUSES = /^[.,:;…。]+$/; // marked where they stand, but no words to name

export const element = (id) => document.getElementById(id);

/** A new element with a class and text, or further elements, in it. */
export function made(tag, className, ...children) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  one.append(...children);
  return one;
}

export function verdictOf({ sentiment }) {
  return sentiment[0].toUpperCase() + sentiment.slice(1);
}

export function sureOf({ confidence }) {
  return confidence > 0.995 ? "Over 99% sure" : `${Math.round(confidence * 100)}% sure`;
}

/** What a confidence means: the model is calibrated. */
export function likelyOf({ confidence }) {
  if (confidence > 0.995) return "fewer than 1 in 100 such answers should be wrong";
  const wrong = 100 - Math.round(confidence * 100);
  return `about ${wrong} of 100 such answers should be wrong`;
}

/** One sentence, as a screen reader is to hear it. */
export function toldOf(result) {
  return `${verdictOf(result)}. ${result.unsure_because ?? `${sureOf(result)}.`}`;
}

/** The text in marks: each has what it means in its `data-meaning`, the first can be tabbed to. */
export function markedText({ text, words }) {
  const characters = Array.from(text); // the API counts code points, JavaScript halves of some
  const piece = (from, to) => characters.slice(from, to).join("");
  const strongest = strongestOf(words);
  const read = document.createDocumentFragment();
  let position = 0;
  for (const { start, end, contribution } of words) {
    const strength = strengthOf(contribution, strongest);
    if (!strength) continue;
    const mark = made("mark", `${sideOf(contribution)} strength-${strength}`, piece(start, end));
    mark.dataset.meaning = `“${piece(start, end)}” ${pullOf(contribution, strength)} (${signed(contribution)})`;
    mark.tabIndex = position ? -1 : 0;
    read.append(piece(position, start), mark);
    position = end;
  }
  read.append(piece(position));
  const first = read.querySelector("mark");
  if (first) first.tabIndex = 0;
  return read;
}

export function strongestOf(words) {
  return words.reduce((most, word) => Math.max(most, Math.abs(word.contribution)), 0);
}

/** 0 for what says nothing, else 1 to 3, beside the strongest. */
export function strengthOf(contribution, strongest) {
  const size = Math.abs(contribution);
  return isNoticeable(contribution) ? STRENGTHS.filter((share) => size >= share * strongest).length : 0;
}

export const isNoticeable = (contribution) => Math.abs(contribution) >= NOTICEABLE;

export function sideOf(contribution) {
  return contribution > 0 ? "for" : "against";
}

export function pullOf(contribution, strength) {
  return `pulls towards ${contribution > 0 ? "positive" : "negative"}, ${ADVERBS[strength]}`;
}

export function signed(number) {
  return `${number > 0 ? "+" : "−"}${Math.abs(number).toFixed(1)}`;
}

/** The words that say most, each time that one occurs apart. */
export function topWords({ text, words }) {
  const characters = Array.from(text);
  const strongest = strongestOf(words);
  const times = new Map();
  const told = [];
  for (const { start, end, contribution } of words) {
    const surface = characters.slice(start, end).join("");
    const key = surface.toLowerCase();
    times.set(key, (times.get(key) ?? 0) + 1);
    if (!strengthOf(contribution, strongest) || PAUSES.test(surface)) continue;
    told.push({ word: surface, key, time: times.get(key), contribution });
  }
  told.sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
  const named = told.map((one) => {
    const which = times.get(one.key) > 1 ? `, ${ordinal(one.time)} time` : "";
    return { ...one, told: `${one.word}${which} (${signed(one.contribution)})` };
  });
  return [
    ...termAndList("Positive words", "for", named.filter((one) => one.contribution > 0)),
    ...termAndList("Negative words", "against", named.filter((one) => one.contribution < 0)),
  ];
}

/** A term and its list, or nothing where there is nothing to list. */
export function termAndList(name, side, words) {
  if (!words.length) return [];
  const list = words.slice(0, TOP_WORDS).map(({ told }) => told).join("; ");
  return [made("dt", side, name), made("dd", "", list)];
}

function ordinal(number) {
  const teens = number % 100 > 10 && number % 100 < 14;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

/** Each sentence with what its words add up to; none where there is but one. */
export function sentencesOf({ text, words }) {
  if (!Intl.Segmenter) return [];
  const segments = [...new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)];
  const found = [];
  let start = 0;
  let word = 0;
  for (const { segment } of segments) {
    const end = start + Array.from(segment).length;
    let sum = 0;
    while (word < words.length && words[word].start < end) sum += words[word++].contribution;
    if (segment.trim()) found.push({ sentence: segment.trim(), contribution: sum });
    start = end;
  }
  return found.length < 2 ? [] : found;
}

export function sentenceItems(result) {
  const sentences = sentencesOf(result);
  const strongest = strongestOf(sentences);
  return sentences.map(({ sentence, contribution }) => {
    const strength = strengthOf(contribution, strongest);
    const pull = strength ? `${pullOf(contribution, strength)} (${signed(contribution)})` : "says little";
    const side = strength ? `${sideOf(contribution)} strength-${strength}` : "";
    return made("li", "", made("span", "", sentence), " ", made("span", `pull ${side}`, pull));
  });
}

/** How the answer comes out of bias and contributions, with its numbers. */
export function sumOf({ words, probability }, bias) {
  const plus = words.reduce((sum, word) => sum + Math.max(word.contribution, 0), 0);
  const minus = words.reduce((sum, word) => sum + Math.min(word.contribution, 0), 0);
  const told = [bias, plus, minus].map((number) => number.toFixed(2).replace("-", "−"));
  const share = (probability * 100).toFixed(1);
  return (
    `Before the first word the log-odds of positive are ${told[0]}. Words add ${told[1]} and take ` +
    `${told[2]}: ${(bias + plus + minus).toFixed(2).replace("-", "−")}, which is a probability of ${share}%.`
  );
}

/** Tell what a mark means where it is pointed at, tapped or come to by the arrow keys. */
export function explainMarks(read, meaning) {
  const tell = (event) => {
    const mark = event.target.closest?.("mark");
    if (mark) meaning.textContent = mark.dataset.meaning;
  };
  for (const kind of ["pointerover", "click", "focusin"]) read.addEventListener(kind, tell);
  read.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const marks = [...read.querySelectorAll("mark")];
    const next = marks[marks.indexOf(event.target) + (step ?? 0)];
    if (!step || !next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}
