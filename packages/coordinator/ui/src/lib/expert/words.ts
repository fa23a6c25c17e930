/** The texts of the page around the list; those of the list itself are part of its data. */
const ENGLISH = {
  expert: "Expert",
  about: "What happened becomes a list of what to do. Nothing leaves this browser.",
  print: "Print",
  save: "Save answers",
  saveLater: "can be saved when every question is answered",
  load: "Load answers",
  notLoaded: "These answers cannot be used",
  again: "Start again",
  againAsk: "Forget these answers?",
  againText: "Save them first if they are needed again.",
  againYes: "Forget them",
  againNo: "No, go back",
  questions: "Questions",
  toTasks: "To the tasks",
  answered: "answered",
  allAnswered: "all answered",
  typeDays: "Number of days",
  typeSite: "Site code",
  begin: "The list begins with the first answer and gets shorter with each further one.",
  preliminary: "Preliminary: an unanswered question counts as unknown.",
  refused: "No list follows from answers that exclude each other. Correct one of the two questions that are marked.",
  copy: "Copy",
  copied: "Copied",
  selected: "Selected: copy it by the keyboard",
};
export type PageWords = typeof ENGLISH;

const GERMAN: PageWords = {
  expert: "Experte",
  about: "Aus dem, was geschehen ist, wird eine Liste dessen, was zu tun ist. Nichts verlässt diesen Browser.",
  print: "Drucken",
  save: "Antworten speichern",
  saveLater: "lassen sich speichern, wenn jede Frage beantwortet ist",
  load: "Antworten laden",
  notLoaded: "Diese Antworten sind nicht verwendbar",
  again: "Neu beginnen",
  againAsk: "Diese Antworten vergessen?",
  againText: "Speichern Sie sie vorher, wenn sie noch gebraucht werden.",
  againYes: "Vergessen",
  againNo: "Nein, zurück",
  questions: "Fragen",
  toTasks: "Zu den Aufgaben",
  answered: "beantwortet",
  allAnswered: "alle beantwortet",
  typeDays: "Anzahl der Tage",
  typeSite: "Standortcode",
  begin: "Die Liste beginnt mit der ersten Antwort und wird mit jeder weiteren kürzer.",
  preliminary: "Vorläufig: Eine Frage, die noch nicht beantwortet ist, zählt als unbekannt.",
  refused: "Aus Antworten, die einander ausschließen, folgt keine Liste. Berichtigen Sie eine der beiden Fragen, die gekennzeichnet sind.",
  copy: "Kopieren",
  copied: "Kopiert",
  selected: "Ausgewählt: mit der Tastatur kopieren",
};

/** In English if the page has no texts in that language. */
export function pageWords(language: string): PageWords {
  return language === "de" ? GERMAN : ENGLISH;
}
