// Decides requests with iam-simulate: an array of simulations on stdin, an array of answers on stdout.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { runSimulation } = createRequire(process.env.SIMULATOR)('@cloud-copilot/iam-simulate')

const answers = []
for (const simulation of JSON.parse(readFileSync(0, 'utf8'))) {
  const result = await runSimulation(simulation, { simulationMode: 'Strict' })
  answers.push(result.resultType === 'error' ? { error: result.errors } : { decision: result.overallResult })
}
process.stdout.write(JSON.stringify(answers))
