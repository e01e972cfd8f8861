import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { de } from './de.ts'
import { en } from './en.ts'
import { parseTemplate } from './parse-template.ts'
import { LANGUAGES, type Language, mailValues, type TemplateName, type Wording, type Wordings } from './values.ts'

export type AllWordings = Readonly<Record<Language, Wordings>>

const OURS: AllWordings = Object.freeze({ en, de })
const SUFFIX = '.txt'

type Found = { readonly language: Language; readonly name: TemplateName; readonly wording: Wording }

/**
 * The wordings of every language: ours, and in place of some of them those of the operator, from `<language>/<mail>.txt`.
 * Names that begin with a dot are passed over, as mounted folders have them.
 *
 * @param folder an absolute path; null when there are ours alone
 * @throws with every fault, each naming its file: a wrong mail is found at the start, not by whoever waits for it
 */
export async function readTemplates(folder: string | null): Promise<AllWordings> {
  if (folder === null) return OURS
  const faults: string[] = []
  const found: Found[] = []
  for (const language of await namesIn(folder, faults)) {
    if (isLanguage(language)) found.push(...(await readLanguage(folder, language, faults)))
    else faults.push(`${join(folder, language)} is not the folder of a language; there are ${LANGUAGES.join(' and ')}`)
  }
  if (faults.length > 0) throw new Error(faults.map((fault) => `notices.mail.templates: ${fault}`).join('\n'))
  return { en: replaced('en', found), de: replaced('de', found) }
}

async function readLanguage(folder: string, language: Language, faults: string[]): Promise<Found[]> {
  const within = join(folder, language)
  const found: Found[] = []
  for (const file of await namesIn(within, faults)) {
    const path = join(within, file)
    const name = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : ''
    const wording = isTemplate(name) ? await readOne(path, name) : `is no mail; there are ${NAMES.join(', ')}`
    if (typeof wording === 'string') faults.push(`${path} ${wording}`)
    else found.push({ language, name: name as TemplateName, wording })
  }
  return found
}

async function readOne(path: string, name: TemplateName): Promise<Wording | string> {
  try {
    return parseTemplate(name, new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8' : `cannot be read (${code})`
  }
}

async function namesIn(folder: string, faults: string[]): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    faults.push(`${folder} cannot be read as a folder (${(error as NodeJS.ErrnoException).code})`)
    return []
  }
}

function replaced(language: Language, found: readonly Found[]): Wordings {
  const theirs = found.filter((it) => it.language === language).map(({ name, wording }) => [name, wording])
  return { ...OURS[language], mails: { ...OURS[language].mails, ...Object.fromEntries(theirs) } }
}

const NAMES = Object.keys(mailValues).map((name) => name + SUFFIX)

function isLanguage(name: string): name is Language {
  return (LANGUAGES as readonly string[]).includes(name)
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(mailValues, name)
}
