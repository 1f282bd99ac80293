import { describeScenario } from './describe-scenario.js';
import { additionalPolicyScenario, fullPolicyScenario } from './scenarios.js';

describeScenario('full policy', async (folder) => [
  await fullPolicyScenario(folder),
  await additionalPolicyScenario(folder),
]);
