// What the customer's view says beside the API's own sentences, in the languages in which those are written.

const WORDS = {
  en: {
    person: "Talk to a person", askPerson: "I would like to talk to a person, please.", personAsked: "A person has been asked for.",
    over: "Start over", sureOver: "Start over?", overText: "A new conversation begins. What you have told us stays known, so nobody asks for it again.",
    told: "What you told us", nothing: "Nothing yet.", prefer: "What you prefer", tried: "What was tried", data: "Your data",
    attachments: (count) => `${count} attachment${count === 1 ? "" : "s"}, kept as pointers only.`, download: "Download everything that is stored",
    change: "Change", changeOne: (label) => `Change ${label}`, corrected: (label) => `${label}, corrected`, save: "Save", cancel: "Cancel",
    moment: "One moment…", done: "Thank you. It is corrected.", yes: "yes", no: "no", hidden: "known, kept hidden",
    gone: "There is no conversation here", goneText: "It has not begun yet, or its time has passed and it was forgotten.",
  },
  de: {
    person: "Mit einem Menschen sprechen", askPerson: "Ich möchte bitte mit einem Menschen sprechen.", personAsked: "Ein Mensch ist angefragt.",
    over: "Neu anfangen", sureOver: "Neu anfangen?", overText: "Ein neues Gespräch beginnt. Was Sie uns gesagt haben, bleibt bekannt; niemand fragt noch einmal danach.",
    told: "Was Sie uns gesagt haben", nothing: "Noch nichts.", prefer: "Was Sie bevorzugen", tried: "Was versucht wurde", data: "Ihre Daten",
    attachments: (count) => `${count} ${count === 1 ? "Anhang" : "Anhänge"}, nur als Verweis aufbewahrt.`, download: "Alles Gespeicherte herunterladen",
    change: "Ändern", changeOne: (label) => `${label} ändern`, corrected: (label) => `${label}, berichtigt`, save: "Speichern", cancel: "Abbrechen",
    moment: "Einen Moment…", done: "Danke. Es ist berichtigt.", yes: "ja", no: "nein", hidden: "bekannt, verdeckt gespeichert",
    gone: "Hier ist kein Gespräch", goneText: "Es hat noch nicht begonnen, oder seine Zeit ist um und es wurde vergessen.",
  },
  es: {
    person: "Hablar con una persona", askPerson: "Quiero hablar con una persona, por favor.", personAsked: "Se ha pedido que te atienda una persona.",
    over: "Empezar de nuevo", sureOver: "¿Empezar de nuevo?", overText: "Comienza una conversación nueva. Lo que nos has dicho se conserva: nadie te lo volverá a preguntar.",
    told: "Lo que nos has dicho", nothing: "Nada todavía.", prefer: "Lo que prefieres", tried: "Lo que se ha intentado", data: "Tus datos",
    attachments: (count) => `${count} ${count === 1 ? "adjunto" : "adjuntos"}, guardados solo como referencia.`, download: "Descargar todo lo guardado",
    change: "Cambiar", changeOne: (label) => `Cambiar ${label}`, corrected: (label) => `${label}, corregido`, save: "Guardar", cancel: "Cancelar",
    moment: "Un momento…", done: "Gracias. Está corregido.", yes: "sí", no: "no", hidden: "conocido, se guarda oculto",
    gone: "Aquí no hay ninguna conversación", goneText: "Aún no ha empezado, o ha pasado su tiempo y se ha olvidado.",
  },
};

const language = (locale) => String(locale ?? "").slice(0, 2).toLowerCase();

/** Return the words of a locale's language; English where there are none. */
export const wordsFor = (locale) => WORDS[language(locale)] ?? WORDS.en;

/** Return the locale in which a turn is posted: the browser's own where it is of the conversation's language. */
export const localeFor = (locale) => (!locale || language(navigator.language) === language(locale) ? navigator.language : locale);
