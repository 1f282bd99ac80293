import { describeScenario } from './describe-scenario.js';
import { newVersionScenario } from './scenarios.js';

describeScenario('new version', async (folder) => [await newVersionScenario(folder)]);
