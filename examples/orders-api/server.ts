import { createOrdersApi } from './app.ts'

const port = Number(process.env.PORT ?? 9090)
const app = createOrdersApi()
const url = await app.listen({ host: '127.0.0.1', port })
process.stdout.write(`orders API on ${url}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close())
