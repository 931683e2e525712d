// The first sheet of an .xlsx file: a zip archive of XML, both of which a browser reads by itself.

const [END, STORED] = [0x06054b50, 0];

/** The rows of the first sheet, each a list of texts. */
export async function rowsOf(buffer) {
  const files = entries(buffer);
  const named = [...files.keys()].filter((name) => /^xl\/worksheets\/[^/]+\.xml$/.test(name));
  const first = named.includes("xl/worksheets/sheet1.xml") ? "xl/worksheets/sheet1.xml" : named.sort()[0];
  const shared = files.has("xl/sharedStrings.xml") ? await parsed(files.get("xl/sharedStrings.xml")) : null;
  const strings = shared ? [...shared.getElementsByTagName("si")].map(textOf) : [];
  const sheet = await parsed(files.get(first));
  return [...sheet.getElementsByTagName("row")].map((row) => {
    const cells = [];
    for (const cell of row.getElementsByTagName("c")) {
      const value = cell.getElementsByTagName("v")[0]?.textContent ?? textOf(cell);
      cells[columnOf(cell.getAttribute("r")) ?? cells.length] = cell.getAttribute("t") === "s" ? strings[value] : value;
    }
    return Array.from(cells, (cell) => cell ?? "");
  });
}

/** Without the readings that Japanese sheets write above words. */
function textOf(parent) {
  const parts = [...parent.getElementsByTagName("t")].filter((part) => part.parentNode.localName !== "rPh");
  return parts.map((part) => part.textContent).join("");
}

/** Of "BC12" 54, counted from 0. */
function columnOf(place) {
  const letters = place?.match(/^[A-Z]+/)?.[0];
  return letters && [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

async function parsed({ bytes, method }) {
  const packed = new Blob([bytes]).stream();
  const stream = method === STORED ? packed : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  const found = new DOMParser().parseFromString(await new Response(stream).text(), "text/xml");
  if (found.querySelector("parsererror")) throw new Error("no XML");
  return found;
}

/** Name → what lies under it in a zip archive, by its directory at the end. */
function entries(buffer) {
  const view = new DataView(buffer);
  const [short, long] = [(at) => view.getUint16(at, true), (at) => view.getUint32(at, true)];
  let end = buffer.byteLength - 22;
  while (long(end) !== END) end--; // a RangeError before the beginning: no archive
  const found = new Map();
  let at = long(end + 16);
  for (let left = short(end + 10); left > 0; left--) {
    const name = new TextDecoder().decode(new Uint8Array(buffer, at + 46, short(at + 28)));
    const local = long(at + 42);
    const start = local + 30 + short(local + 26) + short(local + 28);
    found.set(name, { method: short(at + 10), bytes: new Uint8Array(buffer, start, long(at + 20)) });
    at += 46 + short(at + 28) + short(at + 30) + short(at + 32);
  }
  return found;
}
