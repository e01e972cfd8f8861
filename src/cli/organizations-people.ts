import { queryOf, show } from './answer.ts'
import { type Command, type Invocation, listOption, numberOption, textOption } from './command.ts'
import { table } from './output.ts'

const noun = 'organizations'
const id = 'org_1hq3v0c9kd5m7w2x8p4t6r1a'
const person = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const invitation = 'inv_1hq3v0c9kd5m7w2x8p4t6r1a'
const part = {
  options: { limit: { type: 'string' }, cursor: { type: 'string' } },
  help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
} as const

/** Who belongs to an organization, and who is asked to. */
export const organizationPeopleCommands: readonly Command[] = [
  {
    noun,
    verb: 'members',
    wordCount: 1,
    words: 'ID',
    summary: 'List the members of an organization, newest first.',
    ...part,
    examples: [`sallyport organizations members ${id}`],
    run: members,
  },
  {
    noun,
    verb: 'grant',
    wordCount: 2,
    words: 'ID PERSON',
    summary: 'Say what a member may; make a person a member.',
    options: {
      role: { type: 'string', multiple: true },
      scope: { type: 'string', multiple: true },
      permission: { type: 'string', multiple: true },
    },
    help: {
      role: 'a role they have from now on, instead of those before; may be repeated',
      scope: 'a scope they have beside their roles; may be repeated',
      permission: 'a permission they have beside their roles; may be repeated',
    },
    examples: [`sallyport organizations grant ${id} ${person} --role developer --permission audit:read`],
    run: grant,
  },
  {
    noun,
    verb: 'remove',
    wordCount: 2,
    words: 'ID PERSON',
    summary: 'Take a member out of an organization.',
    examples: [`sallyport organizations remove ${id} ${person}`],
    run: (it) => show(it, 'DELETE', at(it, 'members'), undefined, () => `${word(it, 1)} is no longer a member.`),
  },
  {
    noun,
    verb: 'invite',
    wordCount: 2,
    words: 'ID EMAIL',
    summary: 'Invite somebody by mail. A new invitation replaces the former.',
    options: { role: { type: 'string', multiple: true }, language: { type: 'string' } },
    help: {
      role: 'a role they get; may be repeated (the default roles of the organization)',
      language: 'en or de: the language of the mail',
    },
    examples: [`sallyport organizations invite ${id} grace@example.com --role developer`],
    run: invite,
  },
  {
    noun,
    verb: 'invitations',
    wordCount: 1,
    words: 'ID',
    summary: 'List invitations, newest first.',
    ...part,
    examples: [`sallyport organizations invitations ${id}`],
    run: invitations,
  },
  {
    noun,
    verb: 'resend',
    wordCount: 2,
    words: 'ID INVITATION',
    summary: 'Mail an invitation once more, with another link.',
    examples: [`sallyport organizations resend ${id} ${invitation}`],
    run: (it) =>
      show(it, 'POST', `${at(it, 'invitations')}/resend`, undefined, ({ email }) => `${email} gets another mail.`),
  },
  {
    noun,
    verb: 'revoke',
    wordCount: 2,
    words: 'ID INVITATION',
    summary: 'Revoke an invitation.',
    examples: [`sallyport organizations revoke ${id} ${invitation}`],
    run: (it) => show(it, 'DELETE', at(it, 'invitations'), undefined, () => `${word(it, 1)} is revoked.`),
  },
]

function members(it: Invocation) {
  return show(it, 'GET', listed(it, 'members'), undefined, (page) => {
    const rows = itemsOf(page).map(({ id: who, email, roles, home }) => [
      String(who),
      String(email),
      (roles as string[]).join(' '),
      home === true ? 'home' : 'member',
    ])
    return table(['ID', 'EMAIL', 'ROLES', 'BELONGS'], rows)
  })
}

function grant(it: Invocation) {
  const [roles, scopes, permissions] = ['role', 'scope', 'permission'].map((name) => listOption(it, name))
  return show(it, 'PUT', at(it, 'members'), { roles, scopes, permissions }, ({ email, roles: has }) => {
    const list = has as string[]
    return `${email}: ${list.length === 0 ? 'no roles' : list.join(' ')}.`
  })
}

function invite(it: Invocation) {
  const roles = listOption(it, 'role')
  const language = textOption(it, 'language')
  const body = {
    email: word(it, 1),
    ...(roles.length === 0 ? {} : { roles }),
    ...(language === undefined ? {} : { language }),
  }
  return show(it, 'POST', `${base(it)}/invitations`, body, (made) => `${made.id}`)
}

function invitations(it: Invocation) {
  return show(it, 'GET', listed(it, 'invitations'), undefined, (page) => {
    const rows = itemsOf(page).map(({ id: which, status, email, roles, expiresAt }) => [
      String(which),
      String(status),
      String(email),
      (roles as string[]).join(' '),
      String(expiresAt),
    ])
    return table(['ID', 'STATUS', 'EMAIL', 'ROLES', 'UNTIL'], rows)
  })
}

function itemsOf(page: Record<string, unknown>): Record<string, unknown>[] {
  return page.items as Record<string, unknown>[]
}

function listed(it: Invocation, what: string): string {
  return `${base(it)}/${what}${queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })}`
}

function at(it: Invocation, what: string): string {
  return `${base(it)}/${what}/${encodeURIComponent(word(it, 1))}`
}

function base(it: Invocation): string {
  return `/v1/organizations/${encodeURIComponent(word(it, 0))}`
}

// The parser made sure that they are there.
function word(it: Invocation, index: number): string {
  return it.words[index] as string
}
