import { describeScenario } from './describe-scenario.js';
import { fullPolicyScenario, furtherPolicyScenario } from './scenarios.js';

describeScenario('full policy', async (folder) => [
  await fullPolicyScenario(folder),
  await furtherPolicyScenario(folder),
]);
