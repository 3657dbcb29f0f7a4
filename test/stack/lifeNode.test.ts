import { nodeDynamic, nodePlugin } from "./languages/languages";
import { describeLife } from "./languages/suite";

describeLife(nodePlugin);
describeLife(nodeDynamic);
