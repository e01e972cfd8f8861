// Attacks a shop that protects nothing, first by itself and then behind the gateway. Ends with 1 when an attack works that
// should not, or when something does not work that should. With --json it prints one document.
import { type Answer, type Attack, told } from './door.ts'
import { risks } from './risks.ts'
import { openStage, type Stage } from './stage.ts'

/** What became of one attack. */
type Row = {
  readonly risk: string
  readonly attack: string
  /** What the attacker got at the shop itself; null for nothing, and then the attack proves nothing. */
  readonly without: string | null
  /** What the gateway answered. */
  readonly with: string
  readonly refused: boolean
}

const WIDTH = 100
const say = process.argv.includes('--json') ? () => undefined : (line: string) => console.log(line)

const rows: Row[] = []
await using stage = await openStage()
for (const { risk, title, attacks } of risks) {
  say(`\n${risk}  ${title}`)
  for (const attack of attacks) rows.push(await play(stage, risk, attack))
}
const fine = await stage.fine()
const failed = rows.filter(({ without, refused }) => without === null || !refused)
const broken = Object.entries(fine).filter(([, answer]) => answer !== '200')

say(`\n${rows.length} attacks; ${rows.length - failed.length} work without protection, and bring nothing with it.`)
say(
  `${Object.keys(fine).length} things that are allowed; ${Object.keys(fine).length - broken.length} work with protection.`,
)
for (const [what, answer] of broken) say(`  ${what}: ${answer}`)
if (process.argv.includes('--json')) console.log(JSON.stringify({ rows, fine }))
process.exitCode = failed.length + broken.length === 0 ? 0 : 1

async function play({ bare, guarded }: Stage, risk: string, attack: Attack): Promise<Row> {
  const [without, answer] = [await attack.play(bare), await attack.play(guarded)]
  const got = attack.got(without)
  const refused = attack.got(answer) === null && told(answer) === attack.refused
  say(`  ${attack.name}`)
  say(`    without  ${got === null ? `NOTHING: ${told(without)}` : `${without.status}  ${short(got)}`}`)
  say(
    `    with     ${refused ? outcome(answer) : `NOT REFUSED: ${told(answer)}, to be expected was ${attack.refused}`}`,
  )
  return { risk, attack: attack.name, without: got === null ? null : short(got), with: told(answer), refused }
}

function outcome(answer: Answer): string {
  return answer.code === null ? `${answer.status}  and nothing of it: ${short(answer.text)}` : told(answer)
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line
}
