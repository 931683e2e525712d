// A file or lines of reviews become a list of them: CSV and TSV by their column, else lines.

// As training knows them (training/sentiment/dataset/columns.py); the first that there is is taken.
const NAMES =
  "review reviewtext reviewbody reviewcontent reviewstext textreview text fulltext tweettext reviews userreview customerreview productreview verifiedreviews translatedreview originaltweet tweet tweets cleantext cleanedtext cleantweet content contents body sentence sentences comment commenttext commentbody commentcontent comments " +
  "posttext post utterance statement phrase document message messagetext opinion feedbacktext feedback response answer rezension rezensionstext rezensionen bewertungstext kundenbewertung kommentar kommentare kommentartext meinung inhalt bewertung avis critique texte commentaire commentaires contenu resena resenas texto comentario " +
  "comentarios opiniones contenido resenha avaliacao conteudo recensione recensioni testo commento commenti recensie recensies beoordeling tekst opmerking recenzja opinia opinie tresc komentarz anmeldelse recension omdome отзыв отзывы текст комментарии комментарий yorum yorumlar metin degerlendirme description summary";

/** {reviews, column}: the reviews of a text, and the name of the column that they stood in. */
export function reviewsIn(text, name = "") {
  const clean = text.replace(/^\ufeff/, "");
  const header = clean.split(/\r\n|\r|\n/, 1)[0];
  const ending = name.toLowerCase().match(/\.(csv|tsv)$/)?.[1];
  for (const separator of ending === "tsv" ? ["\t"] : [",", "\t", ";"]) {
    const columns = records(header, separator)[0] ?? [];
    if (columnOf(columns) !== -1) return reviewsOf(records(clean, separator));
  }
  const lines = clean.split(/\r\n|\r|\n/).filter(isWritten);
  return { reviews: lines, column: null };
}

/** The reviews of a table, by its first row; without such a column, of its first. */
export function reviewsOf([columns = [], ...rows]) {
  const column = columnOf(columns);
  if (column === -1) return { reviews: [columns, ...rows].map(([first]) => first ?? "").filter(isWritten), column: null };
  return { reviews: rows.map((row) => row[column] ?? "").filter(isWritten), column: columns[column].trim() };
}

const isWritten = (review) => review.trim() !== "";

function columnOf(columns) {
  const names = columns.map(plain);
  const wanted = NAMES.split(" ").find((name) => names.includes(name));
  return wanted === undefined ? -1 : names.indexOf(wanted);
}

/** Case, accents, spaces and punctuation in names don't count. */
const plain = (name) => name.normalize("NFD").replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();

/** Fields as RFC 4180 has them: quoted ones hold separators, line breaks and doubled quotes. */
function records(text, separator) {
  const found = [];
  let row = [];
  let position = 0;
  while (position < text.length) {
    let field = "";
    if (text[position] === '"') {
      let end = position + 1;
      for (;;) {
        const quote = text.indexOf('"', end);
        if (quote === -1) {
          field += text.slice(end);
          position = text.length;
          break;
        }
        field += text.slice(end, quote);
        if (text[quote + 1] !== '"') {
          position = quote + 1;
          break;
        }
        field += '"';
        end = quote + 2;
      }
    }
    let end = position;
    while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
    row.push(field + text.slice(position, end));
    position = end + 1;
    if (text[end] === separator) {
      if (position >= text.length) row.push("");
      continue;
    }
    if (text[end] === "\r" && text[position] === "\n") position++;
    found.push(row);
    row = [];
  }
  if (row.length) found.push(row);
  return found;
}

/** A table as CSV that no spreadsheet takes for formulas. */
export function asCsv(rows) {
  const field = (value) => {
    const text = String(value ?? "");
    const safe = typeof value === "string" && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  return `\ufeff${rows.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

/** Hand a file to the reader. */
export function download(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
