import type { TranslationKeys } from '@zxcvbn-ts/core'
import type { Fault, FaultCode, Language } from './answers.ts'

type Sentence = Readonly<Record<Language, string>>

/** What zxcvbn warns of and suggests, by its own names. */
export type Warning = keyof TranslationKeys['warnings']
export type Suggestion = keyof TranslationKeys['suggestions']

export const FAULTS: Readonly<Record<FaultCode, Sentence>> = {
  PASSWORD_TOO_SHORT: {
    en: 'Use at least 12 characters.',
    de: 'Verwenden Sie mindestens 12 Zeichen.',
  },
  PASSWORD_TOO_LONG: {
    en: 'Use at most 256 characters.',
    de: 'Verwenden Sie höchstens 256 Zeichen.',
  },
  PASSWORD_NOT_TEXT: {
    en: 'The password contains something that is not a character.',
    de: 'Das Passwort enthält etwas, das kein Zeichen ist.',
  },
  PASSWORD_COMMON: {
    en: 'This password is on the list of those that are tried first.',
    de: 'Dieses Passwort steht auf der Liste derer, die zuerst versucht werden.',
  },
  PASSWORD_PERSONAL: {
    en: 'This password is easy to guess for anyone who knows your name, address or organization.',
    de: 'Dieses Passwort ist leicht zu erraten, wenn man Ihren Namen, Ihre Adresse oder Ihre Organisation kennt.',
  },
  PASSWORD_GUESSABLE: {
    en: 'This password is easy to guess.',
    de: 'Dieses Passwort ist leicht zu erraten.',
  },
  PASSWORD_BREACHED: {
    en: 'This password was found in a data breach, so attackers know it. Choose another one.',
    de: 'Dieses Passwort stammt aus einem Datenleck, Angreifer kennen es also. Wählen Sie ein anderes.',
  },
  PASSWORD_USED: {
    en: 'You have used this password before. Choose another one.',
    de: 'Dieses Passwort hatten Sie schon einmal. Wählen Sie ein anderes.',
  },
  PASSWORD_UNCHECKED: {
    en: 'It cannot be checked now whether this password is known from a data breach. Try again later.',
    de: 'Ob dieses Passwort aus einem Datenleck bekannt ist, lässt sich gerade nicht prüfen. Versuchen Sie es später noch einmal.',
  },
}

export const WARNINGS: Readonly<Record<Warning, Sentence>> = {
  straightRow: {
    en: 'Rows of neighbouring keys are easy to guess.',
    de: 'Reihen benachbarter Tasten sind leicht zu erraten.',
  },
  keyPattern: {
    en: 'Short patterns on the keyboard are easy to guess.',
    de: 'Kurze Muster auf der Tastatur sind leicht zu erraten.',
  },
  simpleRepeat: {
    en: 'Repeated characters like "aaa" are easy to guess.',
    de: 'Wiederholte Zeichen wie „aaa“ sind leicht zu erraten.',
  },
  extendedRepeat: {
    en: 'Repetitions like "abcabcabc" are easy to guess.',
    de: 'Wiederholungen wie „abcabcabc“ sind leicht zu erraten.',
  },
  sequences: {
    en: 'Sequences like "abc" or "6543" are easy to guess.',
    de: 'Folgen wie „abc“ oder „6543“ sind leicht zu erraten.',
  },
  recentYears: { en: 'Recent years are easy to guess.', de: 'Jahreszahlen der letzten Zeit sind leicht zu erraten.' },
  dates: { en: 'Dates are easy to guess.', de: 'Ein Datum ist leicht zu erraten.' },
  topTen: {
    en: 'This is one of the ten most used passwords.',
    de: 'Das ist eines der zehn häufigsten Passwörter.',
  },
  topHundred: {
    en: 'This is one of the hundred most used passwords.',
    de: 'Das ist eines der hundert häufigsten Passwörter.',
  },
  common: { en: 'This password is used by many.', de: 'Dieses Passwort verwenden viele.' },
  similarToCommon: {
    en: 'This is close to a password that many use.',
    de: 'Das liegt nahe an einem Passwort, das viele verwenden.',
  },
  wordByItself: { en: 'A single word is easy to guess.', de: 'Ein einzelnes Wort ist leicht zu erraten.' },
  namesByThemselves: { en: 'A single name is easy to guess.', de: 'Ein einzelner Name ist leicht zu erraten.' },
  commonNames: { en: 'Common names are easy to guess.', de: 'Häufige Namen sind leicht zu erraten.' },
  userInputs: FAULTS.PASSWORD_PERSONAL,
  pwned: FAULTS.PASSWORD_BREACHED,
}

export const SUGGESTIONS: Readonly<Record<Suggestion, Sentence>> = {
  l33t: {
    en: 'Do not replace letters by signs that look like them, such as "@" for "a".',
    de: 'Ersetzen Sie keine Buchstaben durch ähnliche Zeichen wie „@“ für „a“.',
  },
  reverseWords: { en: 'Do not write words backwards.', de: 'Schreiben Sie Wörter nicht rückwärts.' },
  allUppercase: {
    en: 'Use capitals for some letters, but not for all.',
    de: 'Schreiben Sie einige Buchstaben groß, aber nicht alle.',
  },
  capitalization: {
    en: 'Use capitals not only for the first letter.',
    de: 'Schreiben Sie nicht nur den ersten Buchstaben groß.',
  },
  dates: {
    en: 'Avoid dates and years that have to do with you.',
    de: 'Vermeiden Sie Daten und Jahre, die mit Ihnen zu tun haben.',
  },
  recentYears: { en: 'Avoid recent years.', de: 'Vermeiden Sie Jahreszahlen der letzten Zeit.' },
  associatedYears: {
    en: 'Avoid years that have to do with you.',
    de: 'Vermeiden Sie Jahre, die mit Ihnen zu tun haben.',
  },
  sequences: { en: 'Avoid sequences of characters.', de: 'Vermeiden Sie Folgen von Zeichen.' },
  repeated: {
    en: 'Avoid repeated words and characters.',
    de: 'Vermeiden Sie wiederholte Wörter und Zeichen.',
  },
  longerKeyboardPattern: {
    en: 'If you use a pattern on the keyboard, make it long and turn several times.',
    de: 'Wenn Sie ein Muster auf der Tastatur nehmen, dann ein langes mit mehreren Wendungen.',
  },
  anotherWord: {
    en: 'Add another word or two, uncommon ones.',
    de: 'Fügen Sie noch ein oder zwei seltene Wörter hinzu.',
  },
  useWords: {
    en: 'Use several words that do not belong together.',
    de: 'Verwenden Sie mehrere Wörter, die nicht zusammengehören.',
  },
  noNeed: {
    en: 'Digits, signs and capitals are not needed.',
    de: 'Ziffern, Sonderzeichen und Großbuchstaben sind nicht nötig.',
  },
  pwned: {
    en: 'If you use this password elsewhere, change it there too.',
    de: 'Wenn Sie dieses Passwort auch anderswo verwenden, ändern Sie es dort ebenfalls.',
  },
}

/** A fault with its sentence. @example faultOf('PASSWORD_USED', 'de') */
export function faultOf(code: FaultCode, language: Language): Fault {
  return { code, sentence: FAULTS[code][language] }
}
