// node scripts/check-lockfile.ts: fails when package-lock.json ties installing to one registry or trusts a package unseen.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Locked = {
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
}

/** What is wrong in the text of a package-lock.json: a line for each bad package. */
export function checkLockfile(text: string): readonly string[] {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(text)
  return Object.entries(packages).flatMap(([path, locked]) => wrongEntry(path, locked))
}

function wrongEntry(path: string, { resolved, integrity, link, inBundle }: Locked): string[] {
  if (!path.includes('node_modules/')) return []
  const findings: string[] = []
  if (resolved?.includes('://')) findings.push(`${path} is tied to ${resolved}; .npmrc should keep addresses out`)
  if (integrity === undefined && link !== true && inBundle !== true) findings.push(`${path} has no integrity`)
  return findings
}

if (import.meta.main) {
  const findings = checkLockfile(readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8'))
  for (const line of findings) console.log(`package-lock.json: ${line}`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
