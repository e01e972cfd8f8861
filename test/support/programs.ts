import { access, constants } from 'node:fs/promises'
import { installSystemPackage, onPath } from './system-packages.ts'

/** A program of other people that tests hold Sallyport against. */
type Program = {
  /** The variable that may name its file. */
  readonly variable: string
  /** Its name on the PATH, which is also that of the package it comes in. */
  readonly name: string
  /** What is left out where there is none. */
  readonly leavesOut: string
}

const PROGRAMS = {
  chromium: { variable: 'SALLYPORT_TEST_CHROMIUM', name: 'chromium', leavesOut: 'suites in a browser' },
  oathtool: { variable: 'SALLYPORT_TEST_OATHTOOL', name: 'oathtool', leavesOut: 'suites with one-time codes' },
  curl: { variable: 'SALLYPORT_TEST_CURL', name: 'curl', leavesOut: 'suites with curl' },
} as const satisfies Readonly<Record<string, Program>>

export type ProgramName = keyof typeof PROGRAMS

/** The file of each program, or null. */
export type Programs = Readonly<Record<ProgramName, string | null>>

/** Finds each program; root installs from the system's packages what is missing. @throws on a variable that names no program */
export async function findPrograms(): Promise<Programs> {
  const names = Object.keys(PROGRAMS) as ProgramName[]
  const found = await Promise.all(names.map(async (name) => [name, await find(PROGRAMS[name])] as const))
  return Object.fromEntries(found) as Programs
}

/** What is left out without the programs that are not here, and what to do about it. */
export function withoutPrograms(programs: Programs): string[] {
  return Object.entries(PROGRAMS)
    .filter(([name]) => programs[name as ProgramName] === null)
    .map(
      ([, { variable, name, leavesOut }]) =>
        `${leavesOut} (no ${name} here: install its package, or give its file in ${variable})`,
    )
}

async function find({ variable, name }: Program): Promise<string | null> {
  const given = process.env[variable] ?? ''
  if (given !== '') return executable(variable, given)
  const present = await onPath(name)
  if (present !== null) return present
  await installSystemPackage(name)
  return onPath(name)
}

async function executable(variable: string, file: string): Promise<string> {
  await access(file, constants.X_OK).catch(() => {
    throw new Error(`${variable}: there is no program ${file}`)
  })
  return file
}
