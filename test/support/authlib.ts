import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileOf } from './backends.ts'

const SCRIPT = fileURLToPath(new URL('python-application.py', import.meta.url))

/** An application in Python that Authlib signs people in for. */
export type Application = {
  /** Has it do one of its steps. @throws with what Authlib complains of */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test asserts
  readonly do: (step: string, more?: object) => Promise<any>
  readonly close: () => void
}

/** Starts one, with a secret, a private key as a JWK, or neither. Ask `canUse.authlib` first. */
export function openApplication(settings: {
  readonly issuer: string
  readonly id: string
  readonly scope: string
  readonly secret?: string | null
  readonly key?: object
  readonly method?: string
  readonly redirect?: string
}): Application {
  // Authlib takes plain HTTP of this machine when it is told so.
  const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' }
  const child = spawn(fileOf('authlib'), [SCRIPT, JSON.stringify(settings)], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return Object.freeze({
    do: async (step, more = {}) => {
      child.stdin.write(`${JSON.stringify({ step, ...more })}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the application is gone')
      const { answer, error } = JSON.parse(value)
      if (error !== undefined) throw new Error(error)
      return answer
    },
    close: () => child.stdin.end(),
  } satisfies Application)
}
