import type { Properties } from '../../../decision/question.ts'
import { access } from './access.ts'
import { FUNCTIONS } from './functions.ts'
import { likePattern, type PatternPart } from './like.ts'
import { membership } from './membership.ts'
import { BINARY, UNARY } from './operators.ts'
import { readPlain } from './read.ts'
import { fault, isFault, setOf, type Value, wrongType } from './value.ts'
import type { World } from './world.ts'

/** Cedar's JSON form of an expression: one key, the operator. */
export type Expression = { readonly [operator: string]: unknown }
export type Evaluate = (world: World) => Value

/** What the compiler learns on its way. A policy with anything `unknown` is for the judge. */
export type Findings = {
  readonly unknown: Set<string>
  /** The value of an integer of the text that JSON could not carry. */
  readonly integer: (stand: number) => Value
  readonly note: (variable: string, attribute: string) => void
  readonly noteType: (type: string) => void
}

type Operands = Readonly<Record<'left' | 'right' | 'arg' | 'if' | 'then' | 'else', Expression>> & {
  readonly attr: string | readonly string[]
  readonly pattern: readonly PatternPart[]
  readonly entity_type: string
  readonly in?: Expression
}
export type Compile = (expression: Expression) => Evaluate
type Form = (operands: Operands, compile: Compile, findings: Findings) => Evaluate

/** Turns an expression into a function. What is not known here is written down as `unknown`, and never guessed. */
export function compileExpression(expression: Expression, findings: Findings): Evaluate {
  const compile: Compile = (inner) => compileExpression(inner, findings)
  const [operator = '', ...more] = Object.keys(expression)
  const body = expression[operator]
  if (more.length > 0) return unknownForm(Object.keys(expression).join(), findings)
  if (Object.hasOwn(UNARY, operator)) return unary(operator, compile((body as Operands).arg))
  if (Object.hasOwn(BINARY, operator)) return binary(operator, body as Operands, compile)
  if (Object.hasOwn(FORMS, operator)) return (FORMS[operator] as Form)(body as Operands, compile, findings)
  return call(operator, body as readonly Expression[], compile, findings)
}

function unknownForm(name: string, { unknown }: Findings): Evaluate {
  unknown.add(name)
  return () => fault(`${name} is not known here`)
}

function unary(operator: string, arg: Evaluate): Evaluate {
  const apply = UNARY[operator] as (typeof UNARY)[string]
  return (world) => apply(arg(world))
}

function binary(operator: string, { left, right }: Operands, compile: Compile): Evaluate {
  const apply = BINARY[operator] as (typeof BINARY)[string]
  const [first, second] = [compile(left), compile(right)]
  return (world) => apply(first(world), second(world))
}

function call(name: string, args: readonly Expression[], compile: Compile, findings: Findings): Evaluate {
  const known = FUNCTIONS.get(name)
  if (known === undefined || !Array.isArray(args) || args.length !== known.takes) return unknownForm(name, findings)
  const { apply } = known
  const evaluate = args.map(compile)
  const isConstant = args.every((arg) => 'Value' in arg)
  if (isConstant) {
    const value = apply(evaluate.map((it) => it(NOWHERE)))
    return () => value
  }
  return (world) => apply(evaluate.map((it) => it(world)))
}

// Constants look at nothing of the world they are evaluated in.
const NOWHERE = Object.freeze({}) as World

const FORMS: Readonly<Record<string, Form>> = {
  Value: (raw, _, findings) => literal(raw as unknown as Parameters<typeof readPlain>[0], findings),
  Var: (name, _, findings) => variable(name as unknown as string, findings),
  '&&': ({ left, right }, compile) => shortCircuit(compile(left), compile(right), false),
  '||': ({ left, right }, compile) => shortCircuit(compile(left), compile(right), true),
  'if-then-else': (operands, compile) => choice(compile(operands.if), compile(operands.then), compile(operands.else)),
  Set: (items, compile) => setLiteral((items as unknown as readonly Expression[]).map(compile)),
  Record: (fields, compile) => recordLiteral(fields as unknown as Readonly<Record<string, Expression>>, compile),
  like: ({ left, pattern }, compile) => like(compile(left), likePattern(pattern)),
  ...membership,
  ...access,
}

function literal(raw: Parameters<typeof readPlain>[0], findings: Findings): Evaluate {
  const value = typeof raw === 'number' ? findings.integer(raw) : readPlain(raw)
  if (value === null) return unknownForm('literal', findings)
  if (typeof value === 'object' && value.kind === 'entity') findings.noteType(value.type)
  return () => value
}

const VARIABLES: Readonly<Record<string, Evaluate>> = {
  principal: ({ principal }) => principal,
  action: ({ action }) => action,
  resource: ({ resource }) => resource,
  context: wholeContext,
}

function variable(name: string, findings: Findings): Evaluate {
  const evaluate = VARIABLES[name]
  if (name === 'context') findings.note(name, '*')
  return evaluate ?? unknownForm(name, findings)
}

function wholeContext({ context, contextForm }: World): Value {
  const fields = new Map<string, Value>()
  for (const [name, raw] of Object.entries(context as Properties)) {
    fields.set(name, contextForm.read(name, raw) ?? fault(`${name} cannot be read`))
  }
  return { kind: 'record', fields }
}

function shortCircuit(left: Evaluate, right: Evaluate, ends: boolean): Evaluate {
  return (world) => {
    const first = left(world)
    if (typeof first !== 'boolean') return wrongType(first, 'bool')
    if (first === ends) return first
    const second = right(world)
    return typeof second === 'boolean' ? second : wrongType(second, 'bool')
  }
}

function choice(condition: Evaluate, yes: Evaluate, no: Evaluate): Evaluate {
  return (world) => {
    const chosen = condition(world)
    if (typeof chosen !== 'boolean') return wrongType(chosen, 'bool')
    return chosen ? yes(world) : no(world)
  }
}

function setLiteral(items: readonly Evaluate[]): Evaluate {
  return (world) => {
    const values = items.map((item) => item(world))
    return values.find(isFault) ?? setOf(values)
  }
}

function recordLiteral(fields: Readonly<Record<string, Expression>>, compile: Compile): Evaluate {
  const entries = Object.entries(fields).map(([name, field]) => [name, compile(field)] as const)
  return (world) => {
    const values = entries.map(([name, field]) => [name, field(world)] as const)
    return values.find(([, value]) => isFault(value))?.[1] ?? { kind: 'record', fields: new Map(values) }
  }
}

function like(left: Evaluate, matches: (text: string) => boolean): Evaluate {
  return (world) => {
    const text = left(world)
    return typeof text === 'string' ? matches(text) : wrongType(text, 'string')
  }
}
