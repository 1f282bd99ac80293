import { describeScenario } from './describe-scenario.js';
import { testScenarios } from './scenarios.js';

describeScenario('test', testScenarios);
