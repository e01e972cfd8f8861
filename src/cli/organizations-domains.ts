import { show } from './answer.ts'
import type { Command, Invocation } from './command.ts'
import { table } from './output.ts'

const noun = 'organizations'
const id = 'org_1hq3v0c9kd5m7w2x8p4t6r1a'
const two = { wordCount: 2, words: 'ID DOMAIN' } as const

/** The domains of an organization's mail addresses. */
export const organizationDomainCommands: readonly Command[] = [
  {
    noun,
    verb: 'domains',
    wordCount: 1,
    words: 'ID',
    summary: 'List the domains of an organization.',
    examples: [`sallyport organizations domains ${id}`],
    run: domains,
  },
  {
    ...two,
    noun,
    verb: 'claim',
    summary: 'Claim a domain, and see the DNS record that proves it.',
    examples: [`sallyport organizations claim ${id} example.com`],
    run: (it) => show(it, 'POST', base(it), { domain: it.words[1] }, ({ record }) => toSet(record as DnsRecord)),
  },
  {
    ...two,
    noun,
    verb: 'verify',
    summary: 'Have the DNS prove a domain.',
    examples: [`sallyport organizations verify ${id} example.com`],
    run: (it) => show(it, 'POST', `${at(it)}/verify`, undefined, ({ domain }) => `${domain} is verified.`),
  },
  {
    ...two,
    noun,
    verb: 'release',
    summary: 'Give a domain up.',
    examples: [`sallyport organizations release ${id} example.com`],
    run: (it) => show(it, 'DELETE', at(it), undefined, () => `${it.words[1]} is given up.`),
  },
]

type DnsRecord = { readonly type: string; readonly name: string; readonly value: string }

function toSet({ type, name, value }: DnsRecord): string {
  return `Set this in the DNS, then verify:\n${name} ${type} "${value}"`
}

function domains(it: Invocation) {
  return show(it, 'GET', base(it), undefined, (page) => {
    const items = page.items as Record<string, unknown>[]
    const rows = items.map(({ domain, verified, record }) => [
      String(domain),
      verified === true ? 'verified' : 'claimed',
      (record as DnsRecord).value,
    ])
    return table(['DOMAIN', 'STATE', 'RECORD'], rows)
  })
}

function base(it: Invocation): string {
  return `/v1/organizations/${encodeURIComponent(it.words[0] as string)}/domains`
}

function at(it: Invocation): string {
  return `${base(it)}/${encodeURIComponent(it.words[1] as string)}`
}
