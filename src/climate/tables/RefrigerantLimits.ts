/**
 * Critical temperatures and practical limits of refrigerants.
 * NIST REFPROP, as cited in `source`.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Critical temperatures and practical limits of refrigerants.
 *
 * @category tables
 */
export const refrigerantLimits: ReferenceTable = {
  name: "refrigerant_limits",
  key: ["refrigerant"],
  columns: {
    refrigerant: "TEXT NOT NULL",
    critical_temp_c: "DOUBLE PRECISION NOT NULL",
    critical_temp_f: "DOUBLE PRECISION NOT NULL",
    max_practical_condensing_c: "DOUBLE PRECISION NOT NULL",
    max_practical_condensing_f: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    original_limit_f: "DOUBLE PRECISION",
    flag: "TEXT",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `refrigerant,critical_temp_c,critical_temp_f,max_practical_condensing_c,max_practical_condensing_f,unit,original_limit_f,flag,region,source,source_year
R-134a,101.06,213.9,80,176.0,degC / degF,180,,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-410A,71.36,160.4,60,140.0,degC / degF,200,ORIGINAL WRONG: 200F exceeds the critical temperature 160.4F,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-1234yf,94.7,202.5,75,167.0,degC / degF,170,,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-1234ze(E),109.36,228.8,95,203.0,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-32,78.11,172.6,62,143.6,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-744,30.98,87.76,120,248.0,degC / degF,250,"transcritical: sink gas-cooler outlet up to about 90-120C, no condensing",global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-717,132.41,270.3,95,203.0,degC / degF,230,ORIGINAL HIGH: needs >60 bar; 80-95C is usual,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-1233zd(E),166.45,331.6,140,284.0,degC / degF,220,,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-245fa,153.86,308.9,130,266.0,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-1336mzz(Z),171.35,340.4,150,302.0,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-600a,134.66,274.4,110,230.0,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
R-290,96.74,206.1,75,167.0,degC / degF,,added,global,NIST REFPROP critical temperatures; practical limit = critical minus about 10-20 K,2018
`
}
