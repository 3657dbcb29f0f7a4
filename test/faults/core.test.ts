import { testFaults } from "./run";
import { CORE_FAULTS, coreCells } from "./select";

testFaults(CORE_FAULTS, coreCells, 20);
