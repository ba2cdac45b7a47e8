/** The drill plays what the config has, and nothing beside it. */
import { afterEach, expect, it } from 'vitest'
import { makeDemo, takePicture, type Demo } from '../../src/cli/demo/demo.ts'

let made: Demo | null = null
afterEach(() => made?.close())

it('has consumers where the config has targets, and nowhere else: others would be refused by design', async () => {
  made = await makeDemo({ credential: 'prod', targets: [{ name: 'web', type: 'dotenv' }] })
  const { places } = await takePicture(made)
  expect(places).toMatchObject([{ name: 'dotenv' }])
  await expect.poll(() => made?.clouds.consumers.calls().length).toBeGreaterThan(0)
  for (const { consumer } of made.clouds.consumers.calls()) expect(consumer).toMatch(/^dotenv\//)
})
