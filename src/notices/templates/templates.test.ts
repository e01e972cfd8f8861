import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { de } from './de.ts'
import { en } from './en.ts'
import { faultOf } from './parse-template.ts'
import { readTemplates } from './read-templates.ts'
import { kindOf, mailValues, type TemplateName, type TextName, textValues } from './values.ts'

const names = Object.keys(mailValues) as TemplateName[]
const valuesIn = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()

describe.each([
  ['English', en],
  ['German', de],
])('what is written in %s', (_language, wordings) => {
  it.each(names)('says of %s everything that it is given', (name) => {
    const { subject, text } = wordings.mails[name]
    expect(faultOf(name, wordings.mails[name])).toBeNull()
    expect(valuesIn(`${subject} ${text}`)).toEqual([...mailValues[name]].sort())
  })

  it.each(Object.keys(textValues) as TextName[])('says in the text message %s everything that it is given', (name) => {
    expect(valuesIn(wordings.texts[name])).toEqual([...textValues[name]].sort())
  })

  it('keeps a link alone on its line, so that no sign at its end becomes part of it', () => {
    for (const name of names.filter((it) => (mailValues[it] as readonly string[]).some((v) => kindOf(v) === 'link')))
      expect(wordings.mails[name].text.split('\n')).toContain('{link}')
  })
})

it('is another text in German than in English, for every mail', () => {
  for (const name of names) {
    expect(de.mails[name].text).not.toBe(en.mails[name].text)
    expect(de.mails[name].subject).not.toBe(en.mails[name].subject)
  }
})

it('is told of in the documents: every mail, with its values', async () => {
  const page = await readFile(new URL('../../../docs/notices.md', import.meta.url), 'utf8')
  const words = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word as string)
  const table = page.slice(page.indexOf('| mail | values |')).split('\n\n', 1)[0] ?? ''
  const rows = table.split('\n').map((row) => row.split('|').slice(1, 3).map(words))
  const told = rows.flatMap(([mails = [], values = []]) => mails.map((name) => [name, values]))
  expect(Object.fromEntries(told)).toEqual(mailValues)
})

describe('mails that an operator wrote', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-templates-'))
    await mkdir(join(folder, 'de'))
    await mkdir(join(folder, '..data'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  const write = (path: string, content: string | Buffer) => writeFile(join(folder, path), content)

  it('take the place of ours, in their language alone', async () => {
    await write('de/reset_password.txt', '\ufeffSubject: Neues Passwort\r\n\r\nHallo {name}:\r\n\r\n{link}\r\n')
    const read = await readTemplates(folder)
    expect(read.de.mails.reset_password).toEqual({ subject: 'Neues Passwort', text: 'Hallo {name}:\n\n{link}' })
    expect(read.de.mails.magic_link).toBe(de.mails.magic_link)
    expect(read.en).toEqual(en)
  })

  it.each([
    ['a mail that there is not', 'de/reset_pasword.txt', 'Subject: x\n\nx', 'is no mail; there are '],
    ['another kind of file', 'de/reset_password.html', 'Subject: x\n\nx', 'is no mail'],
    ['a name that objects have', 'de/constructor.txt', 'Subject: x\n\nx', 'is no mail'],
    ['a language that there is not', 'fr', 'x', 'is not the folder of a language; there are en and de'],
    ['a language that is a file', 'en', 'x', 'cannot be read as a folder (ENOTDIR)'],
    ['a mail without a subject', 'de/reset_password.txt', '{link}', 'must begin with "Subject: …"'],
    ['a subject without an empty line', 'de/reset_password.txt', 'Subject: x\n{link}', 'must begin with'],
    ['an empty subject', 'de/reset_password.txt', 'Subject:\n\n{link}', 'has an empty subject'],
    ['no text', 'de/account_erased.txt', 'Subject: x\n\n ', 'has no text'],
    [
      'an unknown value',
      'de/reset_password.txt',
      'Subject: x\n\n{link} {nmae}',
      'uses the value {nmae}, but has only {name}',
    ],
    ['a value with a space', 'de/reset_password.txt', 'Subject: x\n\n{link} { name }', 'uses the value { name }'],
    ['a mail without its link', 'de/reset_password.txt', 'Subject: x\n\n{name}', 'lacks {link} in its text'],
    ['a mail without its code', 'de/sign_in_code.txt', 'Subject: x\n\n{name}', 'lacks {code} in its text'],
    ['a code in the subject', 'de/sign_in_code.txt', 'Subject: {code}\n\n{code}', 'has {code} in its subject'],
    ['a long subject', 'de/account_erased.txt', `Subject: ${'x'.repeat(201)}\n\nx`, 'more than 200 characters'],
    ['a huge mail', 'de/account_erased.txt', `Subject: x\n\n${'x'.repeat(20_000)}`, 'more than 20000 characters'],
    ['other bytes than UTF-8', 'de/account_erased.txt', Buffer.from('Subject: \xfc\n\nx', 'latin1'), 'is not UTF-8'],
  ])('are refused with the name of the file for %s', async (_what, path, content, says) => {
    await write(path, content)
    const reading = readTemplates(folder)
    await expect(reading).rejects.toThrow(`notices.mail.templates: ${join(folder, path)} `)
    await expect(reading).rejects.toThrow(says)
  })

  it('are refused all at once', async () => {
    await write('de/a.txt', '')
    await write('de/account_erased.txt', '')
    await expect(readTemplates(folder)).rejects.toThrow(/a\.txt is no mail.*\n.*account_erased\.txt must begin/)
  })

  it('are refused when the folder is not there', async () => {
    await expect(readTemplates(join(folder, 'gone'))).rejects.toThrow('gone cannot be read as a folder (ENOENT)')
  })
})
