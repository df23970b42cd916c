Console.WriteLine("mnist");
