import { createToolServer } from './app.ts'

const port = Number(process.env.PORT ?? 9092)
const server = createToolServer({ resource: process.env.RESOURCE ?? 'http://localhost:8080/mcp' })
server.listen(port, '127.0.0.1', () => process.stdout.write(`tools on http://127.0.0.1:${port}\n`))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close())
