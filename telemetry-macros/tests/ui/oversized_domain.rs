//! More than 64 values are a list of identifiers.

use telemetry_core::Property;

#[derive(Property)]
pub enum Number {
    /// The number 0.
    N0,
    /// The number 1.
    N1,
    /// The number 2.
    N2,
    /// The number 3.
    N3,
    /// The number 4.
    N4,
    /// The number 5.
    N5,
    /// The number 6.
    N6,
    /// The number 7.
    N7,
    /// The number 8.
    N8,
    /// The number 9.
    N9,
    /// The number 10.
    N10,
    /// The number 11.
    N11,
    /// The number 12.
    N12,
    /// The number 13.
    N13,
    /// The number 14.
    N14,
    /// The number 15.
    N15,
    /// The number 16.
    N16,
    /// The number 17.
    N17,
    /// The number 18.
    N18,
    /// The number 19.
    N19,
    /// The number 20.
    N20,
    /// The number 21.
    N21,
    /// The number 22.
    N22,
    /// The number 23.
    N23,
    /// The number 24.
    N24,
    /// The number 25.
    N25,
    /// The number 26.
    N26,
    /// The number 27.
    N27,
    /// The number 28.
    N28,
    /// The number 29.
    N29,
    /// The number 30.
    N30,
    /// The number 31.
    N31,
    /// The number 32.
    N32,
    /// The number 33.
    N33,
    /// The number 34.
    N34,
    /// The number 35.
    N35,
    /// The number 36.
    N36,
    /// The number 37.
    N37,
    /// The number 38.
    N38,
    /// The number 39.
    N39,
    /// The number 40.
    N40,
    /// The number 41.
    N41,
    /// The number 42.
    N42,
    /// The number 43.
    N43,
    /// The number 44.
    N44,
    /// The number 45.
    N45,
    /// The number 46.
    N46,
    /// The number 47.
    N47,
    /// The number 48.
    N48,
    /// The number 49.
    N49,
    /// The number 50.
    N50,
    /// The number 51.
    N51,
    /// The number 52.
    N52,
    /// The number 53.
    N53,
    /// The number 54.
    N54,
    /// The number 55.
    N55,
    /// The number 56.
    N56,
    /// The number 57.
    N57,
    /// The number 58.
    N58,
    /// The number 59.
    N59,
    /// The number 60.
    N60,
    /// The number 61.
    N61,
    /// The number 62.
    N62,
    /// The number 63.
    N63,
    /// The number 64.
    N64,
}

fn main() {}
