import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { promisify } from 'node:util'
import { allOnPath, installSystemPackage } from './system-packages.ts'

const run = promisify(execFile)

/** A program of other people that tests hold Sallyport against. */
type Program = {
  /** The variable that may name its file. */
  readonly variable: string
  /** Its name on the PATH, which is also that of the package it comes in, unless `packages` says more. */
  readonly name: string
  readonly packages?: readonly string[]
  /** Arguments with which it ends without complaint where all that its tests need is there. */
  readonly proof?: readonly string[]
  /** What is left out where there is none. */
  readonly leavesOut: string
  /** Left out without complaint also where nothing else may be: few systems have a package of it. */
  readonly isRare?: true
}

const PROGRAMS = {
  chromium: { variable: 'SALLYPORT_TEST_CHROMIUM', name: 'chromium', leavesOut: 'suites in a browser' },
  oathtool: { variable: 'SALLYPORT_TEST_OATHTOOL', name: 'oathtool', leavesOut: 'suites with one-time codes' },
  curl: { variable: 'SALLYPORT_TEST_CURL', name: 'curl', leavesOut: 'suites with curl' },
  apache: {
    variable: 'SALLYPORT_TEST_APACHE',
    name: 'apache2',
    packages: ['apache2-bin', 'libapache2-mod-auth-openidc'],
    proof: ['-t', '-f', '/dev/null', '-C', 'ErrorLog /dev/null', ...apacheModules('mpm_event', 'auth_openidc')],
    leavesOut: 'suites with Apache and mod_auth_openidc',
  },
  nginx: {
    variable: 'SALLYPORT_TEST_NGINX',
    name: 'nginx',
    packages: ['nginx-light'],
    leavesOut: 'suites with nginx in front',
  },
  authlib: {
    variable: 'SALLYPORT_TEST_PYTHON',
    name: 'python3',
    packages: ['python3-authlib', 'python3-requests'],
    proof: ['-c', 'import authlib, requests'],
    leavesOut: 'suites with Authlib',
    isRare: true,
  },
  oidcAgent: {
    variable: 'SALLYPORT_TEST_OIDC_AGENT',
    name: 'oidc-agent',
    packages: ['oidc-agent-cli'],
    leavesOut: 'suites with oidc-agent',
    isRare: true,
  },
} as const satisfies Readonly<Record<string, Program>>

export type ProgramName = keyof typeof PROGRAMS

const NAMES = Object.keys(PROGRAMS) as ProgramName[]

/** The file of each program, or null. */
export type Programs = Readonly<Record<ProgramName, string | null>>

/** What has Apache load these modules, before it reads its file. */
export function apacheModules(...names: readonly string[]): string[] {
  return names.flatMap((name) => ['-C', `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`])
}

/** Finds each program; root installs from the system's packages what is missing. @throws on a variable that names no program */
export async function findPrograms(): Promise<Programs> {
  const found = await Promise.all(NAMES.map(async (name) => [name, await find(PROGRAMS[name])] as const))
  return Object.fromEntries(found) as Programs
}

/** What is left out without the programs that are not here, and what to do about it. */
export function withoutPrograms(programs: Programs): Readonly<Record<'needed' | 'rare', string[]>> {
  const missing = NAMES.filter((name) => programs[name] === null).map((name): Program => PROGRAMS[name])
  return {
    needed: missing.filter(({ isRare }) => isRare !== true).map(sentenceFor),
    rare: missing.filter(({ isRare }) => isRare === true).map(sentenceFor),
  }
}

function sentenceFor({ variable, name, leavesOut, packages = [name] }: Program): string {
  const from = packages.length === 1 && packages[0] === name ? 'its package' : packages.join(' and ')
  return `${leavesOut} (no ${name} for it here: install ${from}, or give its file in ${variable})`
}

async function find(program: Program): Promise<string | null> {
  const { variable, name, packages = [name] } = program
  const given = process.env[variable] ?? ''
  if (given !== '') return executable(variable, given)
  const present = await working(program)
  if (present !== null) return present
  for (const one of packages) await installSystemPackage(one)
  return working(program)
}

async function working({ name, proof }: Program): Promise<string | null> {
  for (const file of await allOnPath(name)) if (await proves(file, proof)) return file
  return null
}

function proves(file: string, proof: readonly string[] | undefined): boolean | Promise<boolean> {
  if (proof === undefined) return true
  return run(file, [...proof]).then(
    () => true,
    () => false,
  )
}

async function executable(variable: string, file: string): Promise<string> {
  await access(file, constants.X_OK).catch(() => {
    throw new Error(`${variable}: there is no program ${file}`)
  })
  return file
}
