// The model card: what is live, how good it is, where it errs. The page works without it.

import { Trouble, reach, troubleOf } from "./asking.js";
import { svg } from "./many.js";
import { isModel } from "./shapes.js";
import { element, made } from "./telling.js";

let liveRun = null;

const percent = (share) => `${(share * 100).toFixed(1)}%`;
const count = (number) => number.toLocaleString("en");

/** Look up what is live, and tell it at the foot of the page and on the card. */
export async function showModel() {
  try {
    const { status, headers, body } = await reach("/api/model", new AbortController().signal);
    if (status !== 200) throw troubleOf({ status, headers, body });
    if (!isModel(body)) throw new Trouble("That is no model.");
    liveRun = body.run;
    element("model").textContent = described(body);
    element("live").textContent = inShort(body);
    element("card").replaceChildren(...cardOf(body));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const passes = ["waiting", "nothing"].includes(trouble.kind);
    const told = passes ? trouble.message : "Which model is live can't be told just now.";
    element("model").textContent = element("live").textContent = told;
    element("card").replaceChildren();
  }
}

/** A newer model renews the card. */
export function heard(run) {
  if (run !== liveRun) showModel();
}

function inShort({ accuracy, dataset }) {
  const from = dataset === null ? "" : ` Trained on ${dataset}.`;
  return accuracy === null ? `A model is live.${from}` : `Right on ${percent(accuracy)} of unseen reviews.${from}`;
}

function described({ run, dataset, rows, accuracy, ...model }) {
  const { baseline_accuracy: baseline, trained_at: trainedAt, endpoint_changed_at: since } = model;
  const trained = [
    dayOf(trainedAt) && ` on ${dayOf(trainedAt)}`,
    dataset === null ? "" : ` from ${dataset}`,
    rows === null ? "" : ` (${count(rows)} reviews)`,
  ].join("");
  const compared = baseline === null ? "" : `; counting words alone gets ${percent(baseline)}`;
  return [
    `The live model is ${run}.`,
    trained && `It was trained${trained}.`,
    dayOf(since) && `It has answered since ${dayOf(since)} at the latest.`,
    accuracy === null ? "" : `It gets ${percent(accuracy)} of unseen reviews right${compared}.`,
  ].filter(Boolean).join(" ");
}

function dayOf(time) {
  return Number.isNaN(Date.parse(time)) ? "" : new Date(time).toLocaleDateString("en-GB", { dateStyle: "long" });
}

function cardOf({ evaluation: found }) {
  if (!found) return [made("p", "soft", "How it does in detail isn't known.")];
  const [[right, wronglyFor], [wronglyAgainst, rightFor]] = found.confusion;
  const weak = found.behaviour.filter(({ passed, of }) => passed < of).sort((a, b) => a.passed / a.of - b.passed / b.of);
  const lines = [
    ...found.slices.map(({ what, accuracy }) => `${what}: ${percent(accuracy)} right`),
    ...weak.map(({ what, passed, of }) => `${what}: ${count(passed)} of ${count(of)}`),
  ];
  return [
    made("h3", "", "How sure is “sure”?"),
    made("p", "", `Its probabilities are off by ${percent(found.calibration_error)} on average, over ${count(found.reviews)} reviews that it had not learnt from. Between ${percent(found.unsure[0])} and ${percent(found.unsure[1])} it says that it is unsure.`),
    calibration(found.reliability),
    made("h3", "", "Where it errs"),
    made("p", "", `Of ${count(right + wronglyFor)} negative reviews it took ${count(wronglyFor)} for positive, of ${count(wronglyAgainst + rightFor)} positive ones ${count(wronglyAgainst)} for negative. It reads English only, and knows no irony.`),
    ...(lines[0] ? [made("p", "", "By kind of review, and on sentences of ours:")] : []),
    ...(lines[0] ? [made("ul", "", ...lines.map((line) => made("li", "", line)))] : []),
  ];
}

/** What reviews were given beside what they were: on the line is right. */
function calibration(bins) {
  const told = bins.map((bin) => `${Math.round(bin.positive * 100)}% where it said ${Math.round(bin.probability * 100)}%`).join(", ");
  const drawing = svg("svg", { viewBox: "-14 -4 130 124", role: "img", class: "calibration", "aria-label": `Share of positive reviews: ${told}` });
  drawing.append(svg("path", { d: "M0 100 L100 0 M0 0 V100 H100", class: "axis" }));
  const most = Math.max(...bins.map((bin) => bin.reviews), 1);
  for (const { reviews, probability, positive } of bins) {
    const r = 1.2 + 3 * Math.sqrt(reviews / most);
    drawing.append(svg("circle", { class: "dot", cx: probability * 100, cy: 100 - positive * 100, r }));
  }
  drawing.append(
    svg("text", { x: 50, y: 112, "text-anchor": "middle" }, "what it said"),
    svg("text", { x: -6, y: 50, "text-anchor": "middle", transform: "rotate(-90 -6 50)" }, "what was so"),
  );
  return drawing;
}
