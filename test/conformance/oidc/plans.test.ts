import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FOR_CLIENTS, LEFT_OUT, PLANS, UNTOLD } from './plans.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const page = readFileSync(join(here, '../../../docs/conformance.md'), 'utf8')
const root = process.env.SALLYPORT_VECTORS ?? join(here, '../../../../shared/vectors')
const file = join(root, 'oidc-conformance/test-modules.json')
const told: string[] = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8')).map(({ testName }: { testName: string }) => testName)
  : []

const FAMILIES = /^(oidcc|fapi\d?)-/
const all = PLANS.flatMap(({ modules, missing = {} }) => [...modules, ...Object.keys(missing)])

describe('the plans of the OpenID conformance suite', () => {
  it.each(PLANS)(
    '$plan: each module has one case by its name, and no case has another name',
    ({ file: name, modules }) => {
      const text = readFileSync(join(here, name), 'utf8')
      const cases = [...text.matchAll(/\bconforms\(\s*'([^']+)'/g)].map((match) => match[1])
      expect(cases.sort()).toEqual([...modules].sort())
    },
  )

  it.each(PLANS)('$plan: docs/conformance.md tells of it and of each module', ({ plan, modules, missing = {} }) => {
    expect(page).toContain(`\`${plan}\``)
    for (const name of [...modules, ...Object.keys(missing)]) expect(page).toContain(`\`${name}\``)
    for (const reason of Object.values(missing)) expect(page).toContain(reason)
  })

  it('docs/conformance.md tells why the others are left out', () => {
    for (const [, reason] of LEFT_OUT) expect(page).toContain(reason)
  })

  it.skipIf(told.length === 0)('no module for a server is missing in silence', () => {
    const forServers = told.filter((name) => FAMILIES.test(name) && !FOR_CLIENTS.test(name))
    expect(forServers.length).toBeGreaterThan(100)
    const unsaid = forServers.filter((name) => !all.includes(name) && !LEFT_OUT.some(([names]) => names.test(name)))
    expect(unsaid).toEqual([])
  })

  it.skipIf(told.length === 0)(
    'no plan has a module that the suite does not have, and nothing is left out that is not there',
    () => {
      expect(all.filter((name) => !told.includes(name) && !UNTOLD.includes(name))).toEqual([])
      const others = told.filter((name) => !all.includes(name))
      expect(LEFT_OUT.filter(([names]) => !others.some((name) => names.test(name)))).toEqual([])
    },
  )
})
